import type { PodRecord } from "./pod_record.ts";
import { type Owner, ownerOfController } from "./top_owner.ts";

/** The pods that one controller made from one template: those of a ReplicaSet, of a DaemonSet's revision, of a Job. */
export interface PodGroup {
  readonly namespace: string;
  readonly controllerKind: string;
  readonly controllerName: string;
  /** What its template is called: the ReplicaSet, or the ControllerRevision of a StatefulSet or DaemonSet; "" for others. */
  readonly revision: string;
  readonly owner: Owner;
  pods: number;
  ready: number;
  /** When the oldest of its pods that was seen was made; wall clock, `null` where none tells. */
  firstPodAtMs: number | null;
}

/** What a pod's template is called. */
function revisionOf({ controller, revision }: PodRecord): string {
  if (controller === null) return "";
  if (controller.kind === "ReplicaSet") return controller.name;
  return revision === "" || revision.startsWith(controller.name) ? revision : `${controller.name}-${revision}`;
}

/** Groups by number, each kept for as long as it has pods. */
interface PodGroupTable {
  /** The number of the pod's group; 0 for a pod that nobody controls. Does not count the pod. */
  find(pod: PodRecord, known: number): number;
  groupOf(number: number): PodGroup | null;
  /** Counts a pod in, or out again with -1; a group without pods is forgotten. */
  count(number: number, pods: 1 | -1, ready: boolean): void;
  /** The groups of one owner. */
  ofOwner(namespace: string, owner: Pick<Owner, "kind" | "name">): readonly PodGroup[];
  all(): readonly PodGroup[];
}

/** Creates an empty table; `onGroup` is told of each group as its first pod comes and when its last one is gone. */
export function createPodGroupTable(onGroup: (group: PodGroup) => void): PodGroupTable {
  const numbers = new Map<string, number>();
  const groups: (PodGroup | null)[] = [null];
  const free: number[] = [];

  const keyOf = (namespace: string, kind: string, name: string, revision: string) =>
    `${namespace}\n${kind}\n${name}\n${revision === name ? "" : revision}`;

  function isOf(group: PodGroup | null | undefined, pod: PodRecord, revision: string): boolean {
    return group !== null && group !== undefined && group.controllerName === pod.controller?.name &&
      group.revision === revision &&
      group.controllerKind === pod.controller.kind && group.namespace === pod.namespace;
  }

  const all = () => groups.filter((group) => group !== null);

  return {
    find(pod, known) {
      const { namespace, controller } = pod;
      if (controller === null) return 0;
      const revision = revisionOf(pod);
      if (isOf(groups[known], pod, revision)) return known; // what nearly every change of a pod finds
      const key = keyOf(namespace, controller.kind, controller.name, revision);
      let number = numbers.get(key);
      if (number === undefined) {
        number = free.pop() ?? groups.length;
        numbers.set(key, number);
        const group: PodGroup = {
          namespace,
          controllerKind: controller.kind,
          controllerName: controller.name,
          revision,
          owner: ownerOfController(controller),
          pods: 0,
          ready: 0,
          firstPodAtMs: timeOf(pod.created),
        };
        groups[number] = group;
      } else if (known === 0) noteAge(groups[number], pod);
      return number;
    },
    groupOf: (number) => groups[number] ?? null,
    count(number, pods, ready) {
      const group = groups[number];
      if (group === null || group === undefined) return;
      group.pods += pods;
      if (ready) group.ready += pods;
      if (pods === 1 && group.pods === 1) onGroup(group);
      if (group.pods > 0) return;
      numbers.delete(keyOf(group.namespace, group.controllerKind, group.controllerName, group.revision));
      groups[number] = null;
      free.push(number);
      onGroup(group);
    },
    ofOwner: (namespace, { kind, name }) =>
      all().filter(({ namespace: its, owner }) => its === namespace && owner.name === name && owner.kind === kind),
    all,
  };
}

function noteAge(group: PodGroup | null | undefined, { created }: PodRecord): void {
  const atMs = timeOf(created);
  if (group !== null && group !== undefined && atMs !== null && atMs < (group.firstPodAtMs ?? Infinity)) {
    group.firstPodAtMs = atMs;
  }
}

function timeOf(text: string): number | null {
  const ms = text.length > 40 ? NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
