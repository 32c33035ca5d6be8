import { fits, type Labels, type ServiceView } from "./service_view.ts";

/** The labels that a workload gives its pods. */
export interface WorkloadTemplate {
  readonly kind: string;
  readonly name: string;
  readonly labels: Labels;
}

/** A workload whose pods a Service probably means, and what keeps them apart. */
export interface NearTemplate {
  readonly template: WorkloadTemplate;
  /** Keys of the selector that its pods have with the same value. */
  readonly same: readonly string[];
  /** Those that they have with another value, or not at all. */
  readonly differs: readonly string[];
}

/** What comes after the last `/` of a key that says which program it is; others say where it belongs. */
const NAMES: ReadonlySet<string> = new Set(["app", "name", "k8s-app", "run", "service"]);
/** What people put behind the name of a program when they name its objects. */
const KIND_SUFFIX = /-(?:svc|service|deployment|deploy|app)$/;

const isName = (key: string) => NAMES.has(key.slice(key.lastIndexOf("/") + 1));
const stem = (name: string) => name.replace(KIND_SUFFIX, "");

/** The first workload whose pods are selected. */
export function fittingTemplate(selector: Labels, templates: Iterable<WorkloadTemplate>): WorkloadTemplate | null {
  for (const template of templates) if (fits(selector, template.labels)) return template;
  return null;
}

/**
 * The workload that a Service without pods probably means: it has the same name, or its pods have the name that the
 * selector asks for, under whichever key. `null` where none is like it: then the Service waits for its workload, or is a
 * leftover. Among equals the first by name, so that replicas agree.
 */
export function nearestTemplate(
  { name, selector }: Pick<ServiceView, "name" | "selector">,
  templates: Iterable<WorkloadTemplate>,
): NearTemplate | null {
  const keys = Object.keys(selector);
  const names = keys.filter(isName).map((key) => selector[key]);
  let nearest: NearTemplate | null = null;
  let best = 0;
  for (const template of templates) {
    const { labels } = template;
    const same = keys.filter((key) => labels[key] === selector[key]);
    const isNamesake = stem(template.name) === stem(name);
    const named = Object.keys(labels).filter(isName).map((key) => labels[key]);
    const hasNames = names.length > 0 && names.every((one) => named.includes(one));
    if (!isNamesake && !hasNames) continue;
    const score = same.length * 4 + (isNamesake ? 3 : 0) + (hasNames ? 2 : 0);
    if (score < best || (score === best && nearest !== null && idOf(nearest.template) < idOf(template))) continue;
    best = score;
    nearest = { template, same, differs: keys.filter((key) => !same.includes(key)) };
  }
  return nearest;
}

const idOf = ({ kind, name }: WorkloadTemplate) => `${name}/${kind}`;
