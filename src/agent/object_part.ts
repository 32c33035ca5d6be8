import type { Config } from "../config/config_schema.ts";
import { stampEvent } from "../incidents/stamp_event.ts";
import { certificateEndOf } from "../kube/tls_agent.ts";
import type { Condition } from "../lifecycle/condition.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import { askForPods } from "../objects/ask_for_pods.ts";
import { confirmNodes } from "../objects/confirm_nodes.ts";
import { createFaultRedaction } from "../objects/encode_fault.ts";
import { createFaultSaver, readFaults } from "../objects/fault_saver.ts";
import { restoreFaults, takeFaultSnapshot } from "../objects/fault_snapshot.ts";
import { createFaultTracker } from "../objects/fault_tracker.ts";
import { createObjectJudge } from "../objects/judge_object.ts";
import { createNodeObserver, type NodeObserver } from "../objects/node_observer.ts";
import { createObjectFeed, type ObjectFeed, WATCHED_KINDS } from "../objects/object_feed.ts";
import { createObjectService, type ObjectService } from "../objects/object_service.ts";
import { createPodObserver, type ObserverOptions } from "../objects/pod_observer.ts";
import { objectRulesInForce } from "../objects/rule_settings.ts";
import { createServiceObserver, type ServiceObserver } from "../objects/service_observer.ts";
import { createTemplateTable } from "../objects/template_table.ts";
import { watchCertificate } from "../objects/watch_certificate.ts";
import type { AgentContext } from "./agent_context.ts";
import type { IncidentPart } from "./incident_part.ts";
import type { InventoryObservers, InventoryPart } from "./inventory_part.ts";
import type { OutboxPart } from "./outbox_part.ts";
import { createFaultStoreFor } from "./state_stores.ts";

/** Where reports get their incident from, and ends go. */
type ObjectIncidents = Pick<IncidentPart, "stamp" | "reportEnd" | "reconcile">;

/** The rules about objects before there is an inventory: it wants their observers, and they want its roster. */
interface ObjectPlan {
  readonly observers: InventoryObservers;
  /** Builds the part, with the faults that were open before a restart. */
  build(
    inventory: InventoryPart["inventory"],
    outbox: OutboxPart,
    incidents: ObjectIncidents | null,
  ): Promise<AgentPart>;
}

/**
 * Plans the rules about objects, and begins to read which of their faults were open before a restart. Their observers see
 * nothing before the inventory runs.
 */
export function planObjects(context: AgentContext, signal: AbortSignal): ObjectPlan {
  const { client, clock, config, telemetry, clusterId, leadership } = context;
  const { namespaces } = config.metrics;
  const rules = objectRulesInForce(config.objects.rules);
  const store = createFaultStoreFor(context, clusterId, leadership.isValid);
  const reading = store === null ? null : readFaults(store, signal);
  reading?.catch(() => {}); // told where it is waited for
  let roster: InventoryPart["inventory"]["roster"] | null = null;
  let service: ObjectService | null = null;
  let nodes: NodeObserver | null = null;
  const now = () => clock.now();
  const tracker = createFaultTracker({
    backlogMs: backlogMsOf(config.events.backlog),
    population(namespace, owner) {
      if (roster === null || owner.kind === "Pod") return null;
      const groups = roster.groupsOf(namespace, owner);
      return {
        pods: groups.reduce((sum, { pods }) => sum + pods, 0),
        ready: groups.reduce((sum, { ready }) => sum + ready, 0),
      };
    },
    onOverflow: () => telemetry.objectSuspectsDropped.inc(),
  });
  // A Service's pods are those of workloads: without these nothing is known of it.
  const judgesServices = config.objects.workloads === "auto" && rules.some(({ kind }) => kind === "Service");
  const scopes = Math.max(1, namespaces.length);
  const templates = judgesServices
    ? createTemplateTable(scopes * WATCHED_KINDS.filter(({ hasTemplate }) => hasTemplate).length)
    : null;
  const judge = createObjectJudge(rules, {
    isNodeDown: (name) => nodes?.isDown(name) ?? false,
    nodesOut: () => nodes?.out() ?? 0,
    templatesOf: (namespace) => templates?.of(namespace) ?? [],
  });
  const shared: ObserverOptions = { judge, tracker, now, onFinding: () => service?.wake() };
  const isExcluded = exclusionOf(config);
  nodes = createNodeObserver(shared);
  const nodeObserver = nodes;
  const pods = createPodObserver({
    ...shared,
    isExcluded,
    ownerOf: (namespace, name) => roster?.podOf(namespace, name)?.owner ?? null,
  });
  const services: ServiceObserver | null = templates === null
    ? null
    : createServiceObserver({ ...shared, isExcluded, templates, lists: scopes });
  const onTraffic: Parameters<typeof createObjectFeed>[0]["onTraffic"] = ({ requests, receivedBytes }) => {
    telemetry.objectApiRequests.inc(requests);
    telemetry.objectApiBytes.inc(receivedBytes);
  };
  const feeds = WATCHED_KINDS
    .filter(({ kind, hasTemplate, isOptional }) =>
      (rules.some((rule) => rule.kind === kind) || (hasTemplate && judgesServices)) &&
      (!isOptional || config.objects.workloads === "auto")
    )
    .filter(({ isNamespaced }) => isNamespaced || namespaces.length === 0)
    .map((watched) =>
      createObjectFeed({ ...shared, client, clock, telemetry, watched, namespaces, isExcluded, onTraffic, templates })
    );

  return {
    observers: {
      pods: [pods],
      nodes: namespaces.length === 0 ? [nodeObserver] : [],
      services: services === null ? [] : [services],
    },
    async build(inventory, outbox, incidents) {
      ({ roster } = inventory);
      if (reading !== null) restoreFaults(tracker, await reading, rules);
      incidents?.reconcile(tracker.openFaults().map(({ key, incidentKey }) => ({ faultKey: key, incidentKey })));
      const saver = store === null ? null : createFaultSaver({
        store,
        clock,
        maySave: leadership.isValid,
        capture: () => takeFaultSnapshot(tracker),
        revision: tracker.revision,
      });
      const { nodes: source } = inventory;
      service = createObjectService({
        clusterId,
        subject: context.subject("event"),
        tracker,
        outbox: outbox.writer,
        telemetry,
        clock,
        redact: createFaultRedaction(context.redactor),
        mayReport: leadership.isValid,
        stamp: incidents === null ? null : { of: incidents.stamp, write: stampEvent },
        reportEnd: incidents?.reportEnd ?? null,
        onReport: context.recent.note,
        work: [
          ...feeds.map((feed) => feed.run),
          ...(source === null
            ? []
            : [(until: AbortSignal) =>
              confirmNodes({ client, clock, observer: nodeObserver, onTraffic, settle: source.settled }, until)]),
          ...(services === null
            ? []
            : [(until: AbortSignal) => askForPods({ client, clock, observer: services, onTraffic }, until)]),
          (until) =>
            watchCertificate({
              ...shared,
              clock,
              server: client.server,
              validToMs: async () => certificateEndOf((await context.access.credentials(false)).agent),
            }, until),
        ],
      });
      return {
        name: "objects",
        services: [...(saver === null ? [] : [saver]), service],
        conditions: () => [
          ...refusalsOf(inventory, feeds).map(refusedCondition),
          ...(saver?.trouble() ? [savedCondition(saver.trouble() ?? "")] : []),
        ],
        status: () => ({
          objects: {
            suspects: tracker.suspects(),
            open_faults: tracker.openFaults().length,
            off: refusalsOf(inventory, feeds).map(({ resource }) => resource),
          },
        }),
        refreshGauges: () => telemetry.objectSuspects.set(tracker.suspects()),
      };
    },
  };
}

/** What the API server refuses, and so keeps rules off. */
function refusalsOf(
  { pods, nodes, services }: InventoryPart["inventory"],
  feeds: readonly ObjectFeed[],
): readonly Refusal[] {
  const all = [
    { resource: "pods", group: "", refusal: pods?.refusal() ?? null },
    { resource: "nodes", group: "", refusal: nodes?.refusal() ?? null },
    { resource: "services", group: "", refusal: services?.refusal() ?? null },
    ...feeds.map(({ watched: { resource, group }, refusal }) => ({ resource, group, refusal: refusal() })),
  ];
  return all.flatMap(({ resource, group, refusal }) => refusal === null ? [] : [{ resource, group, refusal }]);
}

interface Refusal {
  readonly resource: string;
  readonly group: string;
  readonly refusal: string;
}

/** Rules that a missing right keeps off are no reason not to be ready: the rest works. */
function refusedCondition({ resource, group, refusal }: Refusal): Condition {
  const grant = `grant list and watch of ${resource}${group === "" ? "" : ` in ${group}`} to the agent's ClusterRole`;
  const otherwise = group === "" && resource !== "services" ? "objects.enabled: false" : "objects.workloads: off";
  return {
    name: `objects ${resource}`,
    ok: true,
    detail: `their rules are off: ${refusal}; ${grant}, or set ${otherwise}`,
  };
}

function savedCondition(trouble: string): Condition {
  return { name: "objects", ok: true, detail: `a restart now repeats reports of open faults: ${trouble}` };
}

function backlogMsOf(backlog: Config["events"]["backlog"]): number {
  if (typeof backlog === "number") return backlog;
  return backlog === "all" ? Infinity : 0;
}

/** Namespaces that nothing is reported from are not judged either. */
function exclusionOf({ events: { namespaces: { include, exclude } } }: Config): (namespace: string) => boolean {
  const [included, excluded] = [new Set(include), new Set(exclude)];
  return (namespace) =>
    namespace !== "" && (excluded.has(namespace) || (included.size > 0 && !included.has(namespace)));
}
