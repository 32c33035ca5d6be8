import { type JsonObject, objectOf, textOf, textsOf } from "../inventory/json_field.ts";
import type { WorkloadTemplate } from "./nearest_template.ts";

/** The labels of workloads' pods, by namespace: a hundred bytes or two a workload, and nothing a pod. */
export interface TemplateTable {
  put(kind: string, workload: JsonObject): void;
  remove(kind: string, workload: JsonObject): void;
  /** A list of the kind begins, of one namespace or (`null`) of all. */
  listStarted(kind: string, namespace: string | null): void;
  /** It is complete: what it did not have is gone. */
  listed(kind: string, namespace: string | null): void;
  of(namespace: string): Iterable<WorkloadTemplate>;
  /** Whether this very template is still in force. */
  has(namespace: string, template: WorkloadTemplate): boolean;
  /** Whether every list has been complete once. */
  isComplete(): boolean;
  /** Namespaces with other templates than when this was asked. */
  takeChanged(): readonly string[];
}

interface Entry {
  readonly template: WorkloadTemplate;
  seenIn: number;
}

/** Creates an empty table that is complete after `lists` different lists. */
export function createTemplateTable(lists: number): TemplateTable {
  const byNamespace = new Map<string, Map<string, Entry>>();
  const changed = new Set<string>();
  const started = new Map<string, number>();
  const complete = new Set<string>();
  let listNumber = 0;

  function drop(namespace: string, key: string): void {
    const entries = byNamespace.get(namespace);
    if (entries?.delete(key) !== true) return;
    if (entries.size === 0) byNamespace.delete(namespace);
    changed.add(namespace);
  }

  return {
    put(kind, workload) {
      const { name, namespace } = placeOf(workload);
      const labels = textsOf(objectOf(objectOf(objectOf(workload.spec).template).metadata).labels);
      if (Object.keys(labels).length === 0) return; // it makes no pods
      let entries = byNamespace.get(namespace);
      if (entries === undefined) byNamespace.set(namespace, entries = new Map());
      const key = keyOf(kind, name);
      const known = entries.get(key);
      if (known !== undefined && hasSame(known.template.labels, labels)) {
        known.seenIn = listNumber;
        return;
      }
      entries.set(key, { template: { kind, name, labels }, seenIn: listNumber });
      changed.add(namespace);
    },
    remove(kind, workload) {
      const { name, namespace } = placeOf(workload);
      drop(namespace, keyOf(kind, name));
    },
    listStarted: (kind, namespace) => void started.set(keyOf(kind, namespace ?? ""), ++listNumber),
    listed(kind, only) {
      const list = keyOf(kind, only ?? "");
      complete.add(list);
      for (const [namespace, entries] of byNamespace) {
        if (only !== null && namespace !== only) continue;
        for (const [key, { template, seenIn }] of entries) {
          if (template.kind === kind && seenIn < (started.get(list) ?? 0)) drop(namespace, key);
        }
      }
    },
    *of(namespace) {
      for (const { template } of byNamespace.get(namespace)?.values() ?? []) yield template;
    },
    has: (namespace, template) =>
      byNamespace.get(namespace)?.get(keyOf(template.kind, template.name))?.template === template,
    isComplete: () => complete.size >= lists,
    takeChanged() {
      const namespaces = [...changed];
      changed.clear();
      return namespaces;
    },
  };
}

const keyOf = (kind: string, name: string) => `${kind}/${name}`;

function placeOf(object: JsonObject): { readonly namespace: string; readonly name: string } {
  const { namespace, name } = objectOf(object.metadata);
  return { namespace: textOf(namespace), name: textOf(name) };
}

function hasSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
