import { countOf, type JsonObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";

/** A container of a pod: what was asked for and what became of it. */
export interface ContainerView {
  readonly name: string;
  readonly role: "container" | "init" | "sidecar" | "ephemeral";
  readonly spec: JsonObject;
  /** Empty before the kubelet has seen it. */
  readonly status: JsonObject;
}

const LISTS = [
  ["containers", "containerStatuses", "container"],
  ["initContainers", "initContainerStatuses", "init"],
  ["ephemeralContainers", "ephemeralContainerStatuses", "ephemeral"],
] as const;
/** Waiting for something that takes its time, not for somebody to mend it. */
const ON_ITS_WAY: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing", ""]);

/** The containers of a pod, the usual ones first. */
export function containersOf(pod: JsonObject): readonly ContainerView[] {
  const spec = objectOf(pod.spec);
  const status = objectOf(pod.status);
  return LISTS.flatMap(([specs, statuses, role]) => {
    const byName = new Map(listOf(status[statuses]).map(objectOf).map((entry) => [textOf(entry.name), entry]));
    return listOf(spec[specs]).map(objectOf).map((entry): ContainerView => {
      const name = textOf(entry.name);
      const isSidecar = role === "init" && entry.restartPolicy === "Always";
      return { name, role: isSidecar ? "sidecar" : role, spec: entry, status: byName.get(name) ?? {} };
    });
  });
}

/** How bad a container is: the higher, the likelier it is the one that a fault is about. */
function trouble({ status }: ContainerView): number {
  const state = objectOf(status.state);
  const waiting = textOf(objectOf(state.waiting).reason);
  if (!ON_ITS_WAY.has(waiting)) return 5;
  const terminated = objectOf(state.terminated);
  if (exitCodeOf(terminated) > 0) return 4;
  if (exitCodeOf(objectOf(objectOf(status.lastState).terminated)) > 0) return 3;
  if (state.running !== undefined && status.ready === false) return 2;
  return countOf(status.restartCount) > 0 ? 1 : 0;
}

/** The exit code of a terminated state, 0 where there is none. */
export function exitCodeOf(terminated: JsonObject): number {
  return countOf(terminated.exitCode);
}

/** The container that a fault is about: the one that it names, else the one in most trouble. */
export function chooseContainer(pod: JsonObject, named: string): ContainerView | null {
  const all = containersOf(pod);
  const asked = all.find(({ name }) => name === named);
  if (asked !== undefined) return asked;
  return all.reduce<ContainerView | null>(
    (worst, view) => worst === null || trouble(view) > trouble(worst) ? view : worst,
    null,
  );
}
