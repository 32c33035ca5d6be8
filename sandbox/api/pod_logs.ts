import type { StoredObject } from "./object_store.ts";
import type { Route } from "./route.ts";
import { type Answer, badRequest, notFound } from "./status.ts";

/** Whose log it is. */
export interface LogPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The log of the container before the one that runs. */
  readonly previous?: boolean;
}

/** What containers have written. */
export interface PodLogs {
  put(place: LogPlace, text: string): void;
  /** The answer to `GET …/pods/<name>/log`; a log is text, a refusal a Status. */
  answer(pod: StoredObject | undefined, route: Route, query: URLSearchParams): Answer | { readonly text: string };
}

/** Logs as a kubelet answers them, with its words where it refuses. */
export function createPodLogs(): PodLogs {
  const logs = new Map<string, string>();
  const keyOf = ({ namespace, pod, container, previous = false }: LogPlace) =>
    [namespace, pod, container, previous].join("\n");
  return {
    put: (place, text) => void logs.set(keyOf(place), text),
    answer(pod, route, query) {
      const name = route.name ?? "";
      if (pod === undefined) return notFound(route, name);
      const containers = namesOf(pod);
      const asked = query.get("container") ?? (containers.length === 1 ? containers[0] : undefined);
      if (asked === undefined) {
        return badRequest(
          `a container name must be specified for pod ${name}, choose one of: [${containers.join(" ")}]`,
        );
      }
      if (!containers.includes(asked)) return badRequest(`container ${asked} is not valid for pod ${name}`);
      const previous = query.get("previous") === "true";
      const text = logs.get(keyOf({ namespace: route.namespace ?? "", pod: name, container: asked, previous }));
      if (text === undefined) {
        return badRequest(
          previous
            ? `previous terminated container "${asked}" in pod "${name}" not found`
            : `container "${asked}" in pod "${name}" is waiting to start: ContainerCreating`,
        );
      }
      return { text: cutLog(text, query) };
    },
  };
}

/** `tailLines` counts from the end; `limitBytes` then cuts what is behind. */
function cutLog(text: string, query: URLSearchParams): string {
  const ended = text.endsWith("\n");
  const lines = (ended ? text.slice(0, -1) : text).split("\n");
  const tail = lines.slice(-Number(query.get("tailLines") ?? lines.length)).join("\n") + (ended ? "\n" : "");
  const limit = Number(query.get("limitBytes") ?? Infinity);
  return Buffer.from(tail).subarray(0, limit).toString();
}

function namesOf(pod: StoredObject): readonly string[] {
  const spec: unknown = pod.spec;
  if (typeof spec !== "object" || spec === null) return [];
  return Object.entries(spec).filter(([key]) => /^(init|ephemeral)?containers$/i.test(key))
    .flatMap(([, list]) => Array.isArray(list) ? list.map((item: unknown) => nameOf(item)) : []);
}

function nameOf(item: unknown): string {
  return typeof item === "object" && item !== null && "name" in item ? String(item.name) : "";
}
