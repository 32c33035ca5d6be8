import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import { TABLE } from "../inventory/feed.ts";
import { listOf, objectOf } from "../inventory/json_field.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { PodQuestion, ServiceObserver } from "./service_observer.ts";

interface AskForPodsOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly observer: ServiceObserver;
  readonly onTraffic: (traffic: KubeTraffic) => void;
}

const LOOK_MS = 2_000;
/** A minute's thirty looks ask no more than twice as much. */
const AT_ONCE = 2;
const AFTER_FAILURE_MS = 30_000;

/** Reviews Services, and asks the API server whether those without a workload have pods all the same. */
export async function askForPods(options: AskForPodsOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, observer } = options;
  const log = createLogger("objects");
  let isFailing = false;

  async function hasPods({ service, labelSelector }: PodQuestion): Promise<boolean> {
    const table = await client.request({
      path: `/api/v1/namespaces/${encodeURIComponent(service.namespace)}/pods`,
      // From the API server's cache, which etcd would have to look through all pods of the namespace for; mostly no row comes.
      query: { labelSelector, resourceVersion: "0", includeObject: "None" },
      accept: TABLE,
      signal,
      onTraffic: options.onTraffic,
    });
    const { rows, items } = objectOf(table); // a server that knows no Table sends whole pods
    return listOf(rows ?? items).length > 0;
  }

  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch(() => {});
    if (signal.aborted) return;
    observer.review();
    try {
      for (const question of observer.questions(AT_ONCE)) observer.answer(question, await hasPods(question));
      isFailing = false;
    } catch (error) {
      if (signal.aborted) return;
      if (!isFailing) log.warn("Cannot ask for the pods of a Service", { error: errorMessage(error) });
      isFailing = true;
      await clock.sleep(AFTER_FAILURE_MS, signal).catch(() => {});
    }
  }
}
