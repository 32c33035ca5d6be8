import type { FeedObserver } from "../inventory/feed_observer.ts";
import { objectOf, textOf } from "../inventory/json_field.ts";
import type { Judgement } from "./object_rule.ts";
import { fittingTemplate, type WorkloadTemplate } from "./nearest_template.ts";
import { namespaceOfPath, type ObserverOptions } from "./pod_observer.ts";
import { selectorText, SERVICE_RULE_FIELDS, type ServiceView, viewService } from "./service_view.ts";
import type { TemplateTable } from "./template_table.ts";

/** Whether a Service has pods is only known by asking. */
export interface PodQuestion {
  readonly service: ServiceView;
  /** Its selector, as a query takes it. */
  readonly labelSelector: string;
}

/** Judges Services by their selectors, and asks for pods only where no workload would make one that fits. */
export interface ServiceObserver extends FeedObserver {
  /** Looks at Services that have changed, or whose namespace has other workloads now. Call it from time to time. */
  review(): void;
  /** What should be asked now, at most `limit`. */
  questions(limit: number): readonly PodQuestion[];
  answer(question: PodQuestion, hasPods: boolean): void;
}

interface ServiceObserverOptions extends ObserverOptions {
  readonly templates: TemplateTable;
  readonly isExcluded: (namespace: string) => boolean;
  /** Different lists that the feeds of Services bring. */
  readonly lists: number;
}

interface Entry {
  view: ServiceView;
  seenIn: number;
  /** The workload whose pods it selects. */
  fit: WorkloadTemplate | null;
  /** It selected those of one, since it has this selector. */
  hadFit: boolean;
  /** Asked last, when, and whether there were pods; `null`: not since it last fitted a workload. */
  asked: { readonly atMs: number; readonly hasPods: boolean } | null;
}

/** A Service without pods is asked about as often as this, so that its end is told. */
const AGAIN_MS = 60_000;
/** One that has pods although no workload that is known makes them: a Rollout, an operator, somebody by hand. */
const AGAIN_WITH_PODS_MS = 10 * 60_000;
const NOTHING: readonly Judgement[] = [];

/** Creates the observer of an empty cluster. */
export function createServiceObserver(options: ServiceObserverOptions): ServiceObserver {
  const { judge, tracker, templates, now, onFinding } = options;
  const byNamespace = new Map<string, Map<string, Entry>>();
  const starts = new Map<string, number>();
  const complete = new Set<string>();
  const doubtful = new Set<Entry>();
  const changed = new Set<string>();
  let listNumber = 0;
  let isSwept = false;

  function put(view: ServiceView): void {
    let entries = byNamespace.get(view.namespace);
    if (entries === undefined) byNamespace.set(view.namespace, entries = new Map());
    const known = entries.get(view.name);
    if (known !== undefined && known.view.uid === view.uid) {
      known.seenIn = listNumber;
      if (known.view.isDeleted === view.isDeleted && hasSameSelector(known.view, view)) return;
    }
    drop(known);
    entries.set(view.name, { view, seenIn: listNumber, fit: null, hadFit: false, asked: null });
    changed.add(view.namespace);
  }

  function drop(entry: Entry | undefined): void {
    if (entry !== undefined) doubtful.delete(entry);
  }

  function remove(namespace: string, name: string): void {
    const entries = byNamespace.get(namespace);
    drop(entries?.get(name));
    if (entries?.delete(name) && entries.size === 0) byNamespace.delete(namespace);
    tracker.remove({ kind: "Service", namespace, name }, now());
    onFinding();
  }

  function tell({ view }: Entry, found: readonly Judgement[]): void {
    const { namespace, name, uid } = view;
    if (found.length === 0 && tracker.isEmpty()) return;
    tracker.observe({ ref: { kind: "Service", namespace, name, uid }, owner: null, listed: false }, found, now());
    onFinding();
  }

  function reviewOne(entry: Entry): void {
    const { view, fit } = entry;
    const { namespace, selector } = view;
    if (fit !== null && templates.has(namespace, fit)) return tell(entry, NOTHING);
    entry.fit = fittingTemplate(selector, templates.of(namespace));
    if (entry.fit !== null) {
      Object.assign(entry, { hadFit: true, asked: null });
      doubtful.delete(entry);
      return tell(entry, NOTHING);
    }
    const found = judge.service(view);
    const isSuspect = found.some(({ excuse }) => excuse === null);
    if (isSuspect) doubtful.add(entry);
    else doubtful.delete(entry);
    if (!isSuspect) return tell(entry, found);
    if (entry.asked === null) tell(entry, found.map(untilAsked));
    else tell(entry, entry.asked.hasPods ? NOTHING : found);
  }

  function reviewAll(): void {
    for (const entries of byNamespace.values()) for (const entry of entries.values()) reviewOne(entry);
  }

  return {
    fields: SERVICE_RULE_FIELDS,
    change({ type, object }) {
      const { namespace, name } = objectOf(objectOf(object).metadata);
      const place = textOf(namespace);
      if (textOf(name) === "" || options.isExcluded(place)) return;
      const view = type === "DELETED" ? null : viewService(objectOf(object));
      if (view !== null) put(view);
      else if (type === "DELETED" || byNamespace.get(place)?.has(textOf(name))) remove(place, textOf(name));
    },
    listStarted: (path) => void starts.set(path, ++listNumber),
    listed(path) {
      const only = namespaceOfPath(path);
      for (const [namespace, entries] of byNamespace) {
        if (only !== null && namespace !== only) continue;
        for (const { view, seenIn } of entries.values()) {
          if (seenIn < (starts.get(path) ?? 0)) remove(namespace, view.name);
        }
      }
      complete.add(path);
    },
    review() {
      // Before every list is there, a workload that would fit may be missing.
      if (!templates.isComplete() || complete.size < options.lists) return;
      for (const namespace of templates.takeChanged()) changed.add(namespace);
      if (!isSwept) {
        isSwept = true;
        tracker.listStarted("Service", null);
        reviewAll();
        tracker.listed("Service", null, now()); // of what was open before a restart, and is no more
        onFinding();
      } else {
        for (const namespace of changed) {
          for (const entry of byNamespace.get(namespace)?.values() ?? []) reviewOne(entry);
        }
      }
      changed.clear();
    },
    questions(limit) {
      const due: PodQuestion[] = [];
      for (const entry of [...doubtful]) {
        if (due.length >= limit) break;
        const { view, asked } = entry;
        const againMs = asked?.hasPods === true ? AGAIN_WITH_PODS_MS : AGAIN_MS;
        if (asked !== null && now() - asked.atMs < againMs) continue;
        due.push({ service: view, labelSelector: selectorText(view.selector) });
        doubtful.delete(entry); // to the end of the line
        doubtful.add(entry);
      }
      return due;
    },
    answer({ service }, hasPods) {
      const entry = byNamespace.get(service.namespace)?.get(service.name);
      if (entry === undefined || entry.view !== service) return; // another one by now
      const lostPods = !hasPods && entry.asked?.hasPods === true && !entry.hadFit;
      if (hasPods || lostPods) entry.view = { ...service, lostPods };
      entry.asked = { atMs: now(), hasPods };
      reviewOne(entry);
    },
  };
}

const untilAsked = ({ rule, finding, excuse }: Judgement): Judgement => ({
  rule,
  finding: { ...finding, continuing: true },
  excuse,
});

function hasSameSelector(a: ServiceView, b: ServiceView): boolean {
  return selectorText(a.selector) === selectorText(b.selector);
}
