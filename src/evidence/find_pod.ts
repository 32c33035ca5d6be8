import { countOf, type JsonObject as RawObject, objectOf, textOf } from "../inventory/json_field.ts";
import { TABLE } from "./evidence_api.ts";
import { Omission } from "./evidence_part.ts";
import { hasPod } from "./evidence_plan.ts";
import { readTable, type TableRow } from "./read_table.ts";
import type { Scene } from "./scene.ts";
import { selectorText } from "./selector_text.ts";

/** Rows that are looked at: of 300 bytes each. */
const ROWS = 50;
/** What the column STATUS says of pods that are well. */
const WELL: ReadonlySet<string> = new Set(["Running", "Completed", "Succeeded", "Terminating"]);

/**
 * The pod that a fault is about: itself, or of a workload the pod in most trouble. `null` where there is none. Rejects with
 * an `Omission`, `gone` where another pod has its name by now.
 */
export async function findPod(scene: Scene): Promise<RawObject | null> {
  const { object, namespace } = scene.request.sighting;
  if (object.kind === "Pod") {
    const pod = await readPod(scene, namespace, object.name);
    if (object.uid !== "" && !uidsOf(pod).includes(object.uid)) throw new Omission("gone");
    return pod;
  }
  if (!hasPod(object.kind)) return null;
  const workload = await scene.owners.self();
  const selector = workload === null ? "" : selectorText(objectOf(workload.spec).selector);
  if (selector === "") return null;
  const table = await scene.api.get({
    api: "/api/v1",
    resource: "pods",
    namespace,
    query: { labelSelector: selector, includeObject: "None", limit: ROWS },
    accept: TABLE,
  });
  const worst = readTable(table).toSorted((a, b) => trouble(b) - trouble(a) || a.ageMs - b.ageMs)[0];
  return worst === undefined ? null : await readPod(scene, namespace, worst.name);
}

const readPod = (scene: Scene, namespace: string, name: string): Promise<RawObject> =>
  scene.api.get({ api: "/api/v1", resource: "pods", namespace, name });

/** The API server's uid, and that of the manifest on the node, by which the kubelet calls a static pod. */
function uidsOf(pod: RawObject): readonly string[] {
  const { uid, annotations } = objectOf(pod.metadata);
  return [textOf(uid), textOf(objectOf(annotations)["kubernetes.io/config.hash"])];
}

/** How bad a row of `kubectl get pods` looks. */
function trouble({ cells }: TableRow): number {
  const [ready, containers] = textOf(cells.Ready).split("/");
  if (!WELL.has(textOf(cells.Status))) return 3;
  if (cells.Status !== "Completed" && cells.Status !== "Succeeded" && ready !== containers) return 2;
  return countOf(cells.Restarts) > 0 || /^[1-9]/.test(textOf(cells.Restarts)) ? 1 : 0;
}
