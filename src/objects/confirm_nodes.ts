import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { NodeObserver } from "./node_observer.ts";
import { NODE_RULE_FIELDS } from "./node_predicates.ts";

interface ConfirmNodesOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly observer: NodeObserver;
  readonly onTraffic: (traffic: KubeTraffic) => void;
  /** Reads again what rows raised a doubt of; `null` where nodes are not fed. */
  readonly settle: ((signal: AbortSignal) => Promise<unknown>) | null;
}

const LOOK_MS = 2_000;
/** From here on one list is cheaper than reading nodes one by one. */
const MANY = 10;
const PAGE_LIMIT = 50;
/** What no row shows, such as pressure, is found as late as this. */
const SETTLE_MS = 30_000;

/** Reads nodes whose rows say something new, so that the rules see their conditions and taints. */
export async function confirmNodes(options: ConfirmNodesOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, observer } = options;
  const log = createLogger("objects");
  let settledAt = clock.monotonic();
  let isFailing = false;

  async function read(names: readonly string[]): Promise<void> {
    // A list of one needs no right to `get`, and the API server answers it from its cache.
    const queries = names.length > MANY ? [{}] : names.map((name) => ({ fieldSelector: `metadata.name=${name}` }));
    for (const query of queries) {
      const pages = client.listPages({
        path: "/api/v1/nodes",
        query,
        pageLimit: PAGE_LIMIT,
        fields: NODE_RULE_FIELDS,
        pick: (object) => observer.change({ type: "MODIFIED", object, listed: false }),
        signal,
        onTraffic: options.onTraffic,
      });
      for await (const _ of pages);
    }
  }

  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch(() => {});
    if (signal.aborted) return;
    const names = observer.takeDoubtful();
    try {
      if (names.length > 0) await read(names);
      if (options.settle !== null && clock.monotonic() - settledAt > SETTLE_MS) {
        settledAt = clock.monotonic();
        await options.settle(AbortSignal.any([signal, AbortSignal.timeout(SETTLE_MS)]));
      }
      isFailing = false;
    } catch (error) {
      if (signal.aborted) return;
      for (const name of names) observer.doubt(name);
      if (!isFailing) log.warn("Cannot read nodes to confirm what their rows say", { error: errorMessage(error) });
      isFailing = true;
      await clock.sleep(SETTLE_MS, signal).catch(() => {});
    }
  }
}
