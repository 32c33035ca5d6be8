import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import type { FieldTree } from "../kube/parse_fields.ts";
import { KubeError } from "../kube/kube_error.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Usage } from "../wire/metrics_report.ts";
import { type JsonObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";
import { nanoToFraction, nanoToUnits, parseQuantity } from "./quantity.ts";

export const METRICS_API = "/apis/metrics.k8s.io/v1beta1";

/** What something uses, summed exactly: nano cores and nano bytes. */
interface UsageSum {
  readonly cpuNano: bigint;
  readonly memoryNano: bigint;
  readonly covers: number;
}

/** Sums by name (a node's, a namespace's), and when they were read. */
interface UsageReading {
  readonly sums: ReadonlyMap<string, UsageSum>;
  readonly readAt: number;
}

/** The metrics API's answer. `absent`: the cluster does not serve it, which is no failure. */
export type UsageOutcome =
  | { readonly kind: "read"; readonly reading: UsageReading }
  | { readonly kind: "absent" }
  | { readonly kind: "failed"; readonly error: string };

/** A node's usage, or its containers'. */
const USAGE_FIELDS: FieldTree = {
  metadata: { name: true, namespace: true },
  usage: { cpu: true, memory: true },
  containers: { usage: { cpu: true, memory: true } },
};

/** How many bytes a minute usage may cost. The API can't be watched or paged: beside many pods it is read less often. */
const BYTES_PER_MINUTE = 100_000;

interface UsageReaderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** `nodes` or `pods`. */
  readonly resource: "nodes" | "pods";
  readonly onTraffic: (traffic: KubeTraffic) => void;
}

interface UsageReader {
  /** Usage by node or namespace, read now or, to keep the price down, a few minutes ago. Never rejects. */
  read(paths: readonly string[], signal: AbortSignal): Promise<UsageOutcome>;
}

/** Creates a reader of `metrics.k8s.io`; says once when the cluster has none. */
export function createUsageReader(options: UsageReaderOptions): UsageReader {
  const { clock, resource } = options;
  const log = createLogger("metrics");
  let last: UsageReading | null = null;
  let dueAt = -Infinity;
  let saidAbsent = false;

  async function readAll(paths: readonly string[], signal: AbortSignal): Promise<UsageReading> {
    const sums = new Map<string, UsageSum>();
    let bytes = 0;
    const onTraffic = (traffic: KubeTraffic) => {
      bytes += traffic.receivedBytes;
      options.onTraffic(traffic);
    };
    for (const path of paths) {
      const pick = (item: unknown) => addItem(sums, resource, objectOf(item));
      for await (const _ of options.client.listPages({ path, fields: USAGE_FIELDS, pick, signal, onTraffic }));
    }
    dueAt = clock.monotonic() + bytes / BYTES_PER_MINUTE * 60_000;
    return { sums, readAt: clock.now() };
  }

  /**
   * Whether `error` means that there is no metrics API. The server checks rights before it looks, so that a client without
   * the grant gets 403 either way; which groups there are, every authenticated client may ask.
   */
  async function isAbsent(error: unknown, signal: AbortSignal): Promise<boolean> {
    if (!(error instanceof KubeError)) return false;
    if (error.status !== 403) return error.status === 404;
    try {
      await options.client.request({ path: METRICS_API, signal, onTraffic: options.onTraffic });
      return false;
    } catch (discovery) {
      return discovery instanceof KubeError && discovery.status === 404;
    }
  }

  return {
    async read(paths, signal) {
      if (last !== null && clock.monotonic() < dueAt) return { kind: "read", reading: last };
      try {
        last = await readAll(paths, signal);
        saidAbsent = false;
        return { kind: "read", reading: last };
      } catch (error) {
        last = null;
        if (!await isAbsent(error, signal)) {
          return { kind: "failed", error: signal.aborted ? lateMessage(resource) : errorMessage(error) };
        }
        if (!saidAbsent) log.info("The cluster serves no usage metrics; reports go without them", { resource });
        saidAbsent = true;
        return { kind: "absent" };
      }
    },
  };
}

function lateMessage(resource: string): string {
  return `Cannot list ${resource}.metrics.k8s.io: no answer within the collector's deadline`;
}

/** A node's usage stands on the item, a pod's on its containers. An item with a quantity that is none is left out. */
function addItem(sums: Map<string, UsageSum>, resource: "nodes" | "pods", item: JsonObject): void {
  const { name, namespace } = objectOf(item.metadata);
  const key = textOf(resource === "nodes" ? name : namespace);
  const usages = resource === "nodes" ? [item.usage] : listOf(item.containers).map((one) => objectOf(one).usage);
  if (key === "" || usages.length === 0) return; // nothing said is not nothing used
  let { cpuNano, memoryNano, covers } = sums.get(key) ?? { cpuNano: 0n, memoryNano: 0n, covers: 0 };
  for (const usage of usages.map(objectOf)) {
    const cpu = parseQuantity(textOf(usage.cpu));
    const memory = parseQuantity(textOf(usage.memory));
    if (cpu === null || memory === null) return;
    cpuNano += cpu;
    memoryNano += memory;
  }
  covers++;
  sums.set(key, { cpuNano, memoryNano, covers });
}

/** Adds sums up. */
export function totalUsage(sums: Iterable<UsageSum>): UsageSum {
  let total: UsageSum = { cpuNano: 0n, memoryNano: 0n, covers: 0 };
  for (const sum of sums) {
    total = {
      cpuNano: total.cpuNano + sum.cpuNano,
      memoryNano: total.memoryNano + sum.memoryNano,
      covers: total.covers + sum.covers,
    };
  }
  return total;
}

/** A sum as a report says it. */
export function reportUsage(sum: UsageSum, readAt: number): Usage {
  return {
    cpu_cores: nanoToFraction(sum.cpuNano),
    memory_bytes: nanoToUnits(sum.memoryNano),
    covers: sum.covers,
    as_of: new Date(readAt).toISOString(),
  };
}

/** A sum in the spelling of a node's `capacity`: `"156340000n"`, `"2147483648"`. */
export function writeUsageQuantities(sum: UsageSum): Record<string, string> {
  return { cpu: `${sum.cpuNano}n`, memory: String(nanoToUnits(sum.memoryNano)) };
}

/** The entry in a report's errors for usage that could not be read; nothing where the cluster just has none. */
export function usageErrors(key: string, outcome: UsageOutcome): Record<string, string> {
  return outcome.kind === "failed" ? { [key]: outcome.error } : {};
}
