import type { Finding } from "./object_rule.ts";
import { fittingTemplate, nearestTemplate, type NearTemplate, type WorkloadTemplate } from "./nearest_template.ts";
import { selectorText, type ServiceView } from "./service_view.ts";

/** What the rules about Services ask beside the Service itself. */
export interface ServiceSurroundings {
  /** The workloads of a namespace. */
  readonly templatesOf: (namespace: string) => Iterable<WorkloadTemplate>;
}

/**
 * `network.service.selects_none`, but for the pods themselves: they are asked for once this finds something. A workload
 * whose pods would fit and that has none is at rest, or has a fault of its own.
 */
function selectsNone(service: ServiceView, { templatesOf }: ServiceSurroundings): readonly Finding[] {
  const near = nearOf(service, templatesOf);
  if (near === null) return [];
  const { name, selector } = service;
  const { template: { kind, name: workload, labels }, differs } = near;
  const had = differs.map((key) => labels[key] === undefined ? `no ${key}` : `${key}=${labels[key]}`);
  return [{
    container: "",
    reason: "SelectsNoPod",
    message: `Service ${name} gets no pod: its selector is ${selectorText(selector)}, and the pods of ${kind} ` +
      `${workload} have ${had.join(", ")}`,
    sinceMs: null,
    occurrence: `${selectorText(selector)}\n${had.join(",")}`,
    related: { kind, name: workload },
  }];
}

function nearOf(service: ServiceView, templatesOf: ServiceSurroundings["templatesOf"]): NearTemplate | null {
  const templates = [...templatesOf(service.namespace)];
  return fittingTemplate(service.selector, templates) === null ? nearestTemplate(service, templates) : null;
}

/** Labels that pods get while they run: who leads, which replica it is, which template it was made from. */
const RUNTIME_KEY = /(?:role|leader|active|sealed|initialized|standby|primary|master|pod-name|pod-index|hash)$/i;
/** Services for pods that are there at times. */
const VARIANT =
  /(?:^|-)(?:canary|preview|blue|green|baseline|experiment|shadow|standby|replicas?|secondary|slave|read|readonly|reader|ro|repl)(?:-|$)/;
/** A Service for one version, colour or stage has it in its name. */
const VARIANT_KEY = /(?:^|[-./])(?:version|track|colou?r|slot|variant|stage|release|revision)$/;

function isByRole(service: ServiceView, { templatesOf }: ServiceSurroundings): boolean {
  const near = nearOf(service, templatesOf);
  return near !== null &&
    near.differs.some((key) => RUNTIME_KEY.test(key) && near.template.labels[key] === undefined);
}

function isVariant(service: ServiceView, { templatesOf }: ServiceSurroundings): boolean {
  const { name, selector } = service;
  if (VARIANT.test(name)) return true;
  const differs = nearOf(service, templatesOf)?.differs ?? [];
  return differs.some((key) => {
    const value = selector[key] ?? "";
    return VARIANT.test(value) || (VARIANT_KEY.test(key) && value !== "" && `-${name}-`.includes(`-${value}-`));
  });
}

/** The predicates that rules about Services name. */
export const SERVICE_PREDICATES: Readonly<
  Record<string, (service: ServiceView, around: ServiceSurroundings) => readonly Finding[]>
> = { selectsNone };

/** The excuses that rules about Services name. */
export const SERVICE_EXCUSES: Readonly<
  Record<string, (service: ServiceView, around: ServiceSurroundings) => boolean>
> = {
  deleted: ({ isDeleted }) => isDeleted,
  operated: ({ hasController }) => hasController,
  at_rest: ({ lostPods }) => lostPods,
  by_role: isByRole,
  variant: isVariant,
};
