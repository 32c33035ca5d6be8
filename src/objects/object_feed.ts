import type { FieldTree } from "../kube/parse_fields.ts";
import type { KubeClient, KubeTraffic } from "../kube/kube_client.ts";
import { reflect, type ReflectorItem } from "../kube/reflector.ts";
import { collectionPaths } from "../inventory/collection_paths.ts";
import { objectOf, textOf } from "../inventory/json_field.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { WatchedResource } from "../telemetry/label_values.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { AUTOSCALER_FIELDS } from "./autoscaler_predicates.ts";
import { API_SERVICE_FIELDS, NAMESPACE_RULE_FIELDS } from "./cluster_scope_predicates.ts";
import type { JudgedKind } from "./object_rule.ts";
import type { ObserverOptions } from "./pod_observer.ts";
import type { TemplateTable } from "./template_table.ts";
import { WORKLOAD_FIELDS } from "./workload_predicates.ts";

/** A kind that the rules watch themselves, beside the feeds of the inventory. */
interface WatchedKind {
  readonly kind: JudgedKind;
  readonly resource: WatchedResource;
  readonly base: string;
  readonly group: string;
  readonly isNamespaced: boolean;
  readonly fields: FieldTree;
  /** It makes pods, whose labels Services select. */
  readonly hasTemplate: boolean;
  /** It needs rights of its own; without them its rules are off. */
  readonly isOptional: boolean;
}

/** In the order of their rules. */
export const WATCHED_KINDS: readonly WatchedKind[] = [
  {
    kind: "Namespace",
    resource: "namespaces",
    base: "/api/v1",
    group: "",
    isNamespaced: false,
    fields: NAMESPACE_RULE_FIELDS,
    hasTemplate: false,
    isOptional: false,
  },
  ...([
    ["Deployment", "deployments"],
    ["StatefulSet", "statefulsets"],
    ["DaemonSet", "daemonsets"],
  ] as const).map(([kind, resource]) => ({
    kind,
    resource,
    base: "/apis/apps/v1",
    group: "apps",
    isNamespaced: true,
    fields: WORKLOAD_FIELDS,
    hasTemplate: true,
    isOptional: true,
  })),
  {
    kind: "HorizontalPodAutoscaler",
    resource: "horizontalpodautoscalers",
    base: "/apis/autoscaling/v2",
    group: "autoscaling",
    isNamespaced: true,
    fields: AUTOSCALER_FIELDS,
    hasTemplate: false,
    isOptional: true,
  },
  {
    kind: "APIService",
    resource: "apiservices",
    base: "/apis/apiregistration.k8s.io/v1",
    group: "apiregistration.k8s.io",
    isNamespaced: false,
    fields: API_SERVICE_FIELDS,
    hasTemplate: false,
    isOptional: true,
  },
];

/** Objects of 2 to 20 kB, read a field at a time. */
const PAGE_LIMIT = 100;

interface ObjectFeedOptions extends ObserverOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly watched: WatchedKind;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly isExcluded: (namespace: string) => boolean;
  readonly onTraffic: (traffic: KubeTraffic) => void;
  /** Where the labels of workloads' pods are kept; `null` where no rule asks for them. */
  readonly templates: TemplateTable | null;
}

/** The objects of one kind, judged as they pass by; none is kept. */
export interface ObjectFeed {
  readonly watched: WatchedKind;
  /** Runs until `signal` fires. */
  run(signal: AbortSignal): Promise<void>;
  /** Why the kind can't be watched, in the API server's words; `null` while it can. */
  refusal(): string | null;
}

/**
 * Creates the feed of a kind. It watches whole objects: their table rows name no namespace unless their metadata comes
 * along, which is two thirds of an object, and a whole object is in the API server's cache as bytes already.
 */
export function createObjectFeed(options: ObjectFeedOptions): ObjectFeed {
  const { client, clock, telemetry, watched, judge, tracker, now, onFinding, onTraffic } = options;
  const { kind, resource, fields } = watched;
  const log = createLogger("objects");
  const templates = watched.hasTemplate ? options.templates : null;
  const refusals = new Map<string, string>();

  function take(object: unknown, listed: boolean): boolean {
    const { metadata } = objectOf(object);
    const { name, namespace, uid } = objectOf(metadata);
    if (textOf(name) === "") return false;
    if (options.isExcluded(textOf(namespace))) return true;
    templates?.put(kind, objectOf(object));
    const found = judge.other(kind, objectOf(object));
    if (found.length === 0 && tracker.isEmpty()) return true;
    const ref = { kind, namespace: textOf(namespace), name: textOf(name), uid: textOf(uid) };
    tracker.observe({ ref, owner: null, listed }, found, now());
    onFinding();
    return true;
  }

  function remove(object: unknown): void {
    const { name, namespace } = objectOf(objectOf(object).metadata);
    templates?.remove(kind, objectOf(object));
    tracker.remove({ kind, namespace: textOf(namespace), name: textOf(name) }, now());
    onFinding();
  }

  function follow(path: string, namespace: string | null, item: ReflectorItem): void {
    switch (item.kind) {
      case "list_started":
        templates?.listStarted(kind, namespace);
        return tracker.listStarted(kind, namespace);
      case "listed":
        templates?.listed(kind, namespace);
        tracker.listed(kind, namespace, now());
        return onFinding();
      case "watching":
        if (refusals.delete(path)) log.info("Rules about objects are on", { kind, path });
        return telemetry.watchProgressSeconds.set({ resource: path }, clock.now() / 1000);
      case "changes":
        for (const { type, object } of item.changes) {
          if (type === "DELETED") remove(object);
          else if (!take(object, false)) telemetry.watchLinesSkipped.inc({ reason: "unexpected" });
        }
        return;
      case "interrupted":
        telemetry.watchRestarts.inc({ resource, cause: item.cause });
        return noteInterruption(path, item.cause, item.detail);
    }
  }

  /** A right that is missing is said once, not at each try; the reflector goes on asking. */
  function noteInterruption(path: string, cause: string, detail: string): void {
    if (cause === "closed") return;
    // An API that is not served (404) is as good as none that may be read.
    const isRefused = cause === "forbidden" || cause === "unauthorized" || / 404 /.test(detail);
    if (!isRefused) return log.warn("A watch for rules about objects was interrupted", { path, cause, error: detail });
    if (!refusals.has(path)) log.warn("Rules about objects are off", { kind, path, error: detail });
    refusals.set(path, detail);
  }

  async function watch(path: string, namespace: string | null, signal: AbortSignal): Promise<void> {
    const items = reflect({
      client,
      clock,
      path,
      pageLimit: PAGE_LIMIT,
      fields,
      pick: (object) => take(object, true),
      resourceVersion: null,
      onTraffic,
      onSkippedLine: (reason) => telemetry.watchLinesSkipped.inc({ reason }),
    }, signal);
    for await (const item of items) follow(path, namespace, item);
  }

  return {
    watched,
    refusal: () => [...refusals.values()][0] ?? null,
    async run(signal) {
      const namespaces = options.namespaces.length === 0 ? [null] : options.namespaces;
      await Promise.all(
        namespaces.map((namespace) => {
          const [path = ""] = collectionPaths(resource, namespace === null ? [] : [namespace], watched.base);
          return watch(path, namespace, signal);
        }),
      );
    },
  };
}
