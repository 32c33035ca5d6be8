import "../../support/ignore_stray_socket_errors.ts";
import { writeFile } from "node:fs/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { createTestCa } from "../../../sandbox/certificates.ts";
import { eventually } from "../../../sandbox/eventually.ts";
import { type NatsServer, startNatsServer } from "../../../sandbox/nats_server.ts";
import { createTempDir, type TempDir } from "../../../sandbox/temp_dir.ts";
import { readFleet } from "../../../src/bus/read_fleet.ts";
import { type ClusterView, viewCluster } from "../../../src/fleet/cluster_view.ts";
import { runCliInProcess } from "../../support/run_cli_in_process.ts";
import type { Telling } from "./simulator_messages.ts";
import { type Simulator, startSimulator } from "./simulator_process.ts";

export interface FleetOptions {
  readonly clusters: number;
  /** Whether the way to NATS is TLS, as the shipped server has it. */
  readonly tls: boolean;
  readonly heartbeatMs: number;
}

/** A NATS server with the streams of a fleet, and processes full of agents. */
export interface FleetRig extends AsyncDisposable {
  readonly options: FleetOptions;
  readonly folder: TempDir;
  readonly nats: NatsServer;
  /** A connection that comes back by itself. */
  readonly observer: NatsConnection;
  /** The option of a subcommand that brings it here. */
  readonly access: readonly string[];
  readonly clusterIds: readonly string[];
  /** Those whose agents run now, or are to. */
  readonly simulators: readonly Simulator[];
  /** Starts processes for these clusters; their agents start when they are told to. */
  spawn(clusterIds: readonly string[], kind?: "agents" | "bare"): Promise<readonly Simulator[]>;
  forget(simulator: Simulator): void;
  /** How all agents do, and when they connected since then. */
  tell(connectsSinceMs?: number): Promise<Telling>;
  /** Resolves once every agent of every process has a connection. */
  connected(limitMs: number): Promise<void>;
  /** One look at the fleet, as the subcommand has it. */
  look(): Promise<readonly ClusterView[]>;
}

/** Most agents of one process; the fewest processes that there are. */
const PER_PROCESS = 2_500;
const FEWEST = 2;

/** Starts the server and makes the streams; there are no agents yet. */
export async function openFleetRig(options: FleetOptions): Promise<FleetRig> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await createTempDir("fleet"));
  const ca = createTestCa();
  await writeFile(folder.file("ca.crt"), ca.cert);
  const { cert, key } = ca.issue({ commonName: "127.0.0.1", key: "p256" });
  const nats = stack.use(
    await startNatsServer({
      jetstream: true,
      // What deploy/nats/nats-server.conf has.
      ...(options.tls ? { tls: { cert, key, timeoutSeconds: 10 } } : {}),
      config: 'authorization: {timeout: 10}\nping_interval: "20s"\nping_max: 2\nwrite_deadline: "10s"\n',
    }),
  );
  const access = ["--nats", nats.url, ...(options.tls ? ["--tls-ca", folder.file("ca.crt")] : [])];
  const setup = await runCliInProcess(["fleet", "setup", "--apply", ...access], { env: {} });
  if (setup.exitCode !== 0) throw new Error(`The streams could not be made: ${setup.stderr}`);
  const observer = await connect({
    servers: nats.url,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    ...(options.tls ? { tls: { ca: ca.cert } } : {}),
  });
  stack.defer(() => observer.close());
  const processes = stack.use(new AsyncDisposableStack());
  const simulators: Simulator[] = [];
  let number = 0;
  const config = JSON.stringify({
    central_endpoint: nats.url,
    max_retries: -1,
    nats: { delivery: "jetstream", ...(options.tls ? { tls: { ca_file: folder.file("ca.crt") } } : {}) },
    commands: { require_signature: true, trusted_keys: [{ name: "operator", public_key: await makeKey(folder) }] },
  });

  const spawn: FleetRig["spawn"] = async (clusterIds, kind = "agents") => {
    const count = Math.max(Math.min(FEWEST, clusterIds.length), Math.ceil(clusterIds.length / PER_PROCESS));
    const started = await Promise.all(Array.from({ length: count }, async (_, at) =>
      processes.use(
        await startSimulator({
          config,
          clusterIds: clusterIds.filter((_, index) => index % count === at),
          heartbeatMs: options.heartbeatMs,
          number: number++,
          bare: kind === "bare",
        }),
      )));
    await Promise.all(started.map((each) => each.order({ kind: "tell" }))); // it has loaded its modules
    simulators.push(...started);
    return started;
  };
  const tell = async (connectsSinceMs?: number): Promise<Telling> =>
    addUp(await Promise.all(simulators.map((each) => each.order({ kind: "tell", connectsSinceMs }))));
  const all = stack.move();
  return {
    options,
    folder,
    nats,
    observer,
    access,
    clusterIds: Array.from({ length: options.clusters }, (_, at) => `sim-${String(at + 1).padStart(5, "0")}`),
    simulators,
    spawn,
    forget(simulator) {
      const at = simulators.indexOf(simulator);
      if (at >= 0) simulators.splice(at, 1);
    },
    tell,
    async connected(limitMs) {
      const wanted = simulators.reduce((sum, { clusterIds }) => sum + clusterIds.length, 0);
      await eventually(`${wanted} agents are connected`, async () => (await tell()).connected === wanted, limitMs);
    },
    async look() {
      const { entries, serverNowMs } = await readFleet(observer);
      return entries.map((entry) => viewCluster(entry, serverNowMs));
    },
    [Symbol.asyncDispose]: () => all[Symbol.asyncDispose](),
  };
}

/** The file that `agent exec --sign-key` takes; returns the public half. */
async function makeKey(folder: TempDir): Promise<string> {
  const { stdout } = await runCliInProcess(["keygen", folder.file("key")], { env: {} });
  return stdout.trim();
}

function addUp(tellings: readonly Telling[]): Telling {
  const sum = (count: (telling: Telling) => number) => tellings.reduce((total, telling) => total + count(telling), 0);
  const kinds = [...new Set(tellings.flatMap(({ errors }) => Object.keys(errors)))];
  return {
    number: 0,
    connected: sum(({ connected }) => connected),
    connectsMs: tellings.flatMap(({ connectsMs }) => connectsMs),
    errors: Object.fromEntries(kinds.map((kind) => [kind, sum(({ errors }) => errors[kind] ?? 0)])),
    made: sum(({ made }) => made),
    undelivered: sum(({ undelivered }) => undelivered),
    dropped: sum(({ dropped }) => dropped),
  };
}
