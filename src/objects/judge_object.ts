import { type JsonObject, objectOf, textOf } from "../inventory/json_field.ts";
import { AUTOSCALER_PREDICATES } from "./autoscaler_predicates.ts";
import { certificateEnds, type CertificateView } from "./certificate_predicates.ts";
import { CLUSTER_SCOPE_PREDICATES } from "./cluster_scope_predicates.ts";
import { NODE_EXCUSES, NODE_PREDICATES } from "./node_predicates.ts";
import type { Finding, JudgedKind, Judgement, ObjectRule } from "./object_rule.ts";
import { POD_EXCUSES, POD_PREDICATES, type PodSurroundings } from "./pod_predicates.ts";
import { isUnremarkable, viewPod } from "./pod_view.ts";
import { SERVICE_EXCUSES, SERVICE_PREDICATES, type ServiceSurroundings } from "./service_predicates.ts";
import type { ServiceView } from "./service_view.ts";
import { WORKLOAD_EXCUSES, WORKLOAD_PREDICATES, type WorkloadSurroundings } from "./workload_predicates.ts";

/** What the rules ask beside the object. */
interface Surroundings extends PodSurroundings, WorkloadSurroundings, ServiceSurroundings {}

/** Judges objects by the rules that are in force. */
export interface ObjectJudge {
  /** `nowMs`: what is over since long is left out; `null`: it is not. */
  pod(object: JsonObject, nowMs: number | null): readonly Judgement[];
  node(object: JsonObject, readyChanges: readonly number[]): readonly Judgement[];
  service(service: ServiceView): readonly Judgement[];
  /** A namespace, workload, autoscaler or APIService. */
  other(kind: JudgedKind, object: JsonObject): readonly Judgement[];
  certificate(certificate: CertificateView, nowMs: number): readonly Judgement[];
}

/** Kinds whose predicates see more than the object as it is. */
const HAVE_VIEWS: ReadonlySet<JudgedKind> = new Set(["Pod", "Node", "Service", "ApiServer"]);

const NOTHING: readonly Judgement[] = [];

/** Creates a judge. Throws for a rule that names a predicate or an excuse that is not there. */
export function createObjectJudge(rules: readonly ObjectRule[], around: Surroundings): ObjectJudge {
  const of = (kind: JudgedKind) => rules.filter((rule) => rule.kind === kind);
  const pods = of("Pod").map((rule) => bind(rule, POD_PREDICATES, POD_EXCUSES));
  const nodes = of("Node").map((rule) => bind(rule, NODE_PREDICATES, NODE_EXCUSES));
  const services = of("Service").map((rule) => bind(rule, SERVICE_PREDICATES, SERVICE_EXCUSES));
  const others = new Map<string, readonly BoundRule<JsonObject, WorkloadSurroundings>[]>();
  const predicates = { ...WORKLOAD_PREDICATES, ...AUTOSCALER_PREDICATES, ...CLUSTER_SCOPE_PREDICATES };
  for (const rule of rules) {
    if (HAVE_VIEWS.has(rule.kind)) continue;
    others.set(rule.kind, [...others.get(rule.kind) ?? [], bind(rule, predicates, WORKLOAD_EXCUSES)]);
  }
  const certificates = of("ApiServer");

  return {
    pod: (object, nowMs) => isUnremarkable(object, nowMs) ? NOTHING : judge(pods, viewPod(object), around),
    node(object, readyChanges) {
      const name = textOf(objectOf(object.metadata).name);
      return judge(nodes, { object, name, status: objectOf(object.status), readyChanges }, around);
    },
    service: (service) => judge(services, service, around),
    other: (kind, object) => judge(others.get(kind) ?? [], object, around),
    certificate: (certificate, nowMs) =>
      certificates.flatMap((rule) =>
        certificateEnds(certificate, nowMs).map((finding) => ({ rule, finding, excuse: null }))
      ),
  };
}

interface BoundRule<View, Around> {
  readonly rule: ObjectRule;
  readonly predicate: (view: View, around: Around) => readonly Finding[];
  readonly excuses: readonly { readonly name: string; readonly holds: (view: View, around: Around) => boolean }[];
}

function bind<View, Around>(
  rule: ObjectRule,
  predicates: Readonly<Record<string, (view: View, around: Around) => readonly Finding[]>>,
  excuses: Readonly<Record<string, (view: View, around: Around) => boolean>>,
): BoundRule<View, Around> {
  const predicate = predicates[rule.predicate];
  if (predicate === undefined) throw new Error(`Rule ${rule.id} names the unknown predicate ${rule.predicate}`);
  return {
    rule,
    predicate,
    excuses: rule.excuses.map((name) => {
      const holds = excuses[name];
      if (holds === undefined) throw new Error(`Rule ${rule.id} names the unknown excuse ${name}`);
      return { name, holds };
    }),
  };
}

function judge<View, Around>(
  rules: readonly BoundRule<View, Around>[],
  view: View,
  around: Around,
): readonly Judgement[] {
  const found: Judgement[] = [];
  for (const { rule, predicate, excuses } of rules) {
    const findings = predicate(view, around);
    if (findings.length === 0) continue;
    const excuse = excuses.find(({ holds }) => holds(view, around))?.name ?? null;
    for (const finding of findings) found.push({ rule, finding, excuse });
  }
  return found;
}
