import type { NatsServer } from "../../sandbox/nats_server.ts";
import type { Fault } from "../../sandbox/api/fault_script.ts";
import type { SandboxApi } from "../../sandbox/api/sandbox_api.ts";
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

/**
 * A fault that every watch on events meets while it lasts, and lists too where that is named. It lasts for a time and not
 * for a number of requests: an agent that waits longer and longer between its tries would else meet it for ever.
 */
function watchFault(name: string, seconds: Cut["seconds"], fault: Fault, listFault: Fault | null = null): Cut {
  return {
    name,
    seconds,
    begin({ api }) {
      api.faults.plan("watch", "events", fault, Infinity);
      if (listFault !== null) api.faults.plan("list", "events", listFault, Infinity);
      api.cutConnections();
    },
    mend({ api }) {
      api.faults.clear();
      api.cutConnections();
    },
  };
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
  watchFault("410 in the watch", [0.5, 4], { kind: "errorEvent", code: 410 }),
  watchFault("watch cut in the middle of a line", [0.5, 4], { kind: "cutMidLine", messages: 3 }),
  watchFault("watch that closes at once", [0.5, 4], { kind: "silentClose" }),
  watchFault("API server too busy: 429", [0.5, 6], {
    kind: "status",
    status: 429,
    reason: "TooManyRequests",
    retryAfterSeconds: 1,
  }),
  watchFault("API server error: 500", [0.5, 10], { kind: "status", status: 500, reason: "InternalError" }),
  watchFault("API server hangs", [2, 10], { kind: "hang" }),
  watchFault("list hangs after a 410", [2, 10], { kind: "errorEvent", code: 410 }, { kind: "hang" }),
  {
    name: "token rotated",
    seconds: [0, 0],
    begin: ({ api }) => api.rotateToken(`token-${api.store.version()}`, { file: true }),
  },
];
