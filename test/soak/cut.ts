import type { NatsServer } from "../support/nats_server.ts";
import type { FaultVerb } from "../support/sandbox_api/fault_script.ts";
import type { SandboxApi } from "../support/sandbox_api/sandbox_api.ts";
import type { TcpProxy } from "../support/tcp_proxy.ts";

/** What the cuts are done to. */
export interface SoakTargets {
  readonly nats: NatsServer;
  /** Between the agent and NATS. */
  readonly proxy: TcpProxy;
  readonly api: SandboxApi;
}

/** One kind of harm. `wait` is the time that it lasts; `mend` undoes it. */
export interface Cut {
  readonly name: string;
  /** How long it lasts, seconds, from and to. */
  readonly seconds: readonly [number, number];
  begin(targets: SoakTargets): void | Promise<void>;
  mend?(targets: SoakTargets): void | Promise<void>;
}

/** Ends the watch that is open, so that the next one meets the fault. */
function breakWatch({ api }: SoakTargets, fault: Parameters<SandboxApi["faults"]["plan"]>[2], verb: FaultVerb): void {
  api.faults.plan(verb, "events", fault);
  api.cutConnections();
}

/** Everything that is done to the agent's surroundings, in a random order. */
export const CUTS: readonly Cut[] = [
  {
    name: "NATS killed and started again",
    seconds: [1, 12],
    begin: ({ nats }) => nats.kill(),
    mend: ({ nats }) => nats.restart(),
  },
  {
    name: "NATS stands still",
    seconds: [1, 8],
    begin: ({ nats }) => nats.pause(),
    mend: ({ nats }) => nats.resume(),
  },
  {
    name: "NATS partitioned",
    seconds: [1, 20],
    begin: ({ proxy }) => proxy.partition(),
    mend: ({ proxy }) => proxy.heal(),
  },
  { name: "NATS connection cut", seconds: [0, 0], begin: ({ proxy }) => proxy.cut() },
  { name: "API connections cut", seconds: [0, 0], begin: ({ api }) => api.cutConnections() },
  {
    name: "API history compacted: 410",
    seconds: [0, 0],
    begin({ api }) {
      api.cutConnections();
      api.store.compact();
    },
  },
  {
    name: "410 in the watch",
    seconds: [0, 1],
    begin: (targets) => breakWatch(targets, { kind: "errorEvent", code: 410 }, "watch"),
  },
  {
    name: "watch cut in the middle of a line",
    seconds: [0, 1],
    begin: (targets) => breakWatch(targets, { kind: "cutMidLine", messages: 3 }, "watch"),
  },
  {
    name: "watch that closes at once",
    seconds: [0, 1],
    begin: (targets) => breakWatch(targets, { kind: "silentClose" }, "watch"),
  },
  {
    name: "API server too busy: 429",
    seconds: [0, 1],
    begin: (targets) =>
      breakWatch(targets, { kind: "status", status: 429, reason: "TooManyRequests", retryAfterSeconds: 1 }, "watch"),
  },
  {
    name: "API server error: 500",
    seconds: [0, 1],
    begin: (targets) => breakWatch(targets, { kind: "status", status: 500, reason: "InternalError" }, "watch"),
  },
  {
    name: "API server hangs",
    seconds: [2, 10],
    begin: (targets) => breakWatch(targets, { kind: "hang" }, "watch"),
    mend: ({ api }) => api.cutConnections(),
  },
  {
    name: "list hangs after a 410",
    seconds: [2, 10],
    begin({ api }) {
      api.faults.plan("watch", "events", { kind: "errorEvent", code: 410 });
      api.faults.plan("list", "events", { kind: "hang" });
      api.cutConnections();
    },
    mend: ({ api }) => api.cutConnections(),
  },
  {
    name: "token rotated",
    seconds: [0, 0],
    begin: ({ api }) => api.rotateToken(`token-${api.store.version()}`, { file: true }),
  },
];
