/**
 * Prints, as JSON, how many bytes a roster of 5,000 pods in 500 ReplicaSets on 100 nodes takes, and how many the bare map
 * of their names and restarts would. A process of its own: `deno run -A --v8-flags=--expose-gc <this file>`.
 */
import process from "node:process";
import { createPodRoster } from "../../src/inventory/pod_roster.ts";

const PODS = 5_000;
const PODS_A_SET = 10;

const gc: unknown = Reflect.get(globalThis, "gc");
const collect = () => {
  if (typeof gc === "function") { for (let round = 0; round < 3; round++) gc(); }
};
const used = () => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Parsed anew for each pod, as from the API server: texts are shared with nothing. */
function pod(index: number): unknown {
  const set = Math.floor(index / PODS_A_SET);
  const hash = (set * 2_654_435_761 % 2 ** 32).toString(36).padStart(9, "b");
  const name = `service-${set}-${hash}`;
  return JSON.parse(JSON.stringify({
    metadata: {
      name: `${name}-${(index % PODS_A_SET).toString().padStart(5, "x")}`,
      namespace: `team-${set % 40}`,
      creationTimestamp: "2026-11-30T10:00:00Z",
      labels: { "pod-template-hash": hash },
      ownerReferences: [{ kind: "ReplicaSet", name, controller: true }],
    },
    spec: { nodeName: `node-${index % 100}.internal.example` },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [{ restartCount: 2 }],
    },
  }));
}

function text(object: unknown, ...path: readonly string[]): string {
  let at: unknown = object;
  for (const key of path) at = typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined;
  return String(at);
}

/** The names alone, as any list of pods has to keep them. */
function keepNames(pods: number): Map<string, Map<string, number>> {
  const names = new Map<string, Map<string, number>>();
  for (let index = 0; index < pods; index++) {
    const object = pod(index);
    const namespace = text(object, "metadata", "namespace");
    const inNamespace = names.get(namespace) ?? new Map<string, number>();
    names.set(namespace, inNamespace.set(text(object, "metadata", "name"), index));
  }
  return names;
}

function keepRoster(pods: number): ReturnType<typeof createPodRoster> {
  const roster = createPodRoster();
  for (let index = 0; index < pods; index++) roster.put(pod(index));
  return roster;
}

/** What both take; what is held between the measurements stays held, so that nothing is collected in between. */
function measure(): { rosterBytes: number; namesBytes: number; held: readonly unknown[]; pods: number } {
  const beforeNames = used();
  const names = keepNames(PODS);
  const namesBytes = used() - beforeNames;
  const beforeRoster = used();
  const roster = keepRoster(PODS);
  return { namesBytes, rosterBytes: used() - beforeRoster, held: [names], pods: roster.size() };
}

measure(); // compiles everything; code and its caches are no part of what pods cost
const rounds = [1, 2, 3].map(measure);
const moreOf = ({ rosterBytes, namesBytes }: (typeof rounds)[number]) => rosterBytes - namesBytes;
const [least] = rounds.toSorted((a, b) => moreOf(a) - moreOf(b)); // what a background thread held is in the others
process.stdout.write(`${JSON.stringify({ ...least, held: rounds.length })}\n`);
