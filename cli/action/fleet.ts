import { readFleet } from "../../src/bus/read_fleet.ts";
import type { Override } from "../../src/config/origin.ts";
import { CLUSTER_STATES, type ClusterState, type ClusterView, viewCluster } from "../../src/fleet/cluster_view.ts";
import { parseSelector } from "../../src/fleet/selector.ts";
import { errorMessage } from "../../src/lifecycle/errors.ts";
import type { CliContext } from "../cli_context.ts";
import { formatFleetTable } from "../fleet_table.ts";
import { formatData } from "../output_form.ts";
import { columnsOf, type TableForm } from "../output_option.ts";
import { connectAgain } from "./connect_again.ts";
import { type CliBus, openBus } from "./open_bus.ts";

interface FleetOptions {
  readonly config?: string;
  readonly context?: string;
  readonly selector?: string;
  readonly state?: readonly ClusterState[];
  readonly sort: "name" | "state" | "faults";
  readonly output: TableForm | "ndjson";
  readonly watch: boolean;
  readonly flags: readonly Override[];
}

interface FleetLook {
  readonly clusters: readonly ClusterView[];
  readonly unreadable: number;
  /** Agents there are, whether or not the filters leave them. */
  readonly known: number;
}

/** How often `--watch` looks: a beat comes every half minute, and ages are shown in seconds. */
const WATCH_MS = 2_000;

/** Lists the fleet once, or again and again until a signal ends it. */
export async function runFleet(context: CliContext, options: FleetOptions): Promise<void> {
  const opened = await openBus(context, { ...options, purpose: "fleet" });
  let { nats } = opened;
  try {
    if (!options.watch) return print(context, options, await look(nats, options));
    const printed = new Map<string, string>();
    for (;;) {
      await watch(context, options, nats, printed);
      if (context.signal.aborted) return;
      context.stderr.write("NATS has gone; connecting again\n");
      nats = await connectAgain(opened.config, "fleet", context.signal);
      context.stderr.write("NATS is back\n");
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    await nats.close().catch(() => {});
  }
}

async function look(nats: CliBus, options: FleetOptions): Promise<FleetLook> {
  const { entries, serverNowMs, unreadable } = await readFleet(nats);
  const parsed = parseSelector(options.selector ?? "id=*");
  const selects = parsed.kind === "ok" ? parsed.selects : () => true; // the option's parser has refused the rest
  const clusters = entries.map((entry) => viewCluster(entry, serverNowMs))
    .filter((cluster) => selects(cluster) && (options.state?.includes(cluster.state) ?? true))
    .sort(orderBy(options.sort));
  return { clusters, unreadable, known: entries.length };
}

function orderBy(sort: FleetOptions["sort"]): (a: ClusterView, b: ClusterView) => number {
  const byName = (a: ClusterView, b: ClusterView) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  const worth = ({ faults1h }: ClusterView) =>
    faults1h ? faults1h.critical * 1e9 + faults1h.high * 1e6 + faults1h.medium * 1e3 + faults1h.low : -1;
  switch (sort) {
    case "name":
      return byName;
    case "state":
      return (a, b) => CLUSTER_STATES.indexOf(b.state) - CLUSTER_STATES.indexOf(a.state) || byName(a, b);
    case "faults":
      return (a, b) => worth(b) - worth(a) || byName(a, b);
  }
}

function print(context: CliContext, { output }: FleetOptions, { clusters, unreadable, known }: FleetLook): void {
  switch (output) {
    case "json":
      return void context.stdout.write(`${JSON.stringify({ clusters: clusters.map(jsonOf), unreadable }, null, 2)}\n`);
    case "yaml":
      return void context.stdout.write(formatData("yaml", { clusters: clusters.map(jsonOf), unreadable }));
    case "ndjson":
      for (const cluster of clusters) context.stdout.write(`${JSON.stringify(jsonOf(cluster))}\n`);
      return;
    case "text":
    case "wide": {
      const width = columnsOf(context.stdout, output);
      context.stdout.write(formatFleetTable(clusters, { colour: hasColour(context), unreadable, known, width }));
    }
  }
}

/**
 * Redraws the table on a terminal; elsewhere prints a line of JSON for each cluster whose view has changed. Ends with the
 * connection; `printed` outlives it.
 */
async function watch(
  context: CliContext,
  options: FleetOptions,
  nats: CliBus,
  printed: Map<string, string>,
): Promise<void> {
  const redraws = context.stdout.isTTY === true && (options.output === "text" || options.output === "wide");
  while (!context.signal.aborted && !nats.isClosed()) {
    try {
      const seen = await look(nats, options);
      if (redraws) {
        context.stdout.steer?.("\u001b[H\u001b[2J"); // home, clear
        print(context, options, seen);
      } else printChanges(context, seen, printed);
    } catch (error) {
      if (!nats.isClosed()) context.stderr.write(`${errorMessage(error)}\n`);
    }
    await pause(WATCH_MS, context.signal);
  }
}

function printChanges(context: CliContext, { clusters }: FleetLook, printed: Map<string, string>): void {
  for (const cluster of clusters) {
    const json = jsonOf(cluster);
    const lasting = JSON.stringify({ ...json, beat_age_seconds: undefined });
    if (printed.get(cluster.id) === lasting) continue;
    printed.set(cluster.id, lasting);
    context.stdout.write(`${JSON.stringify(json)}\n`);
  }
}

/** One cluster as programs read it. */
function jsonOf(cluster: ClusterView): Record<string, unknown> {
  return {
    id: cluster.id,
    name: cluster.name,
    provider: cluster.provider,
    region: cluster.region,
    version: cluster.version,
    labels: cluster.labels,
    state: cluster.state,
    beat_age_seconds: cluster.beatAgeMs === null ? null : cluster.beatAgeMs / 1000,
    faults_1h: cluster.faults1h,
    queue: cluster.queue,
    watch_lag_seconds: cluster.watchLagSeconds,
    dropped_total: cluster.droppedTotal,
    reasons: cluster.reasons,
    clock_skew_seconds: cluster.skewMs === null ? null : cluster.skewMs / 1000,
  };
}

const hasColour = (context: CliContext) => context.stdout.isTTY === true && !context.env.NO_COLOR;

/** Waits, but not once `signal` has fired. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
