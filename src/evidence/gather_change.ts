import { TABLE } from "./evidence_api.ts";
import { countOf, listOf, objectOf, textOf } from "../inventory/json_field.ts";
import type { JsonObject as RawObject } from "../inventory/json_field.ts";
import { type JsonObject, redactValue } from "../redaction/redact_value.ts";
import { clipText } from "./clip_text.ts";
import { diffTemplate, wireChange } from "./diff_template.ts";
import { ownerKey } from "./gather_owner.ts";
import { workloadTarget } from "./owner_reference.ts";
import { readTable, type TableRow } from "./read_table.ts";
import type { Gather, Scene } from "./scene.ts";
import { selectorText } from "./selector_text.ts";

/** What is older is no news. */
const FRESH_MS = 24 * 60 * 60_000;
const SHOWN = 5;
const REVISION = "deployment.kubernetes.io/revision";

/** The last two templates of the Deployment, and how they differ. */
export const gatherChange: Gather = async (scene) => {
  const chain = await scene.owners.chain();
  if (chain === null || chain.top.kind !== "Deployment") return null;
  const key = ownerKey(scene, chain);
  const known = scene.owners.known.recall("change", key);
  if (known !== undefined) return known;
  const deployment = await scene.owners.workload();
  const selector = deployment === null ? "" : selectorText(objectOf(deployment.spec).selector);
  if (selector === "") return null;
  const { namespace } = scene.request.sighting;
  const table = await scene.api.get({
    api: "/apis/apps/v1",
    resource: "replicasets",
    namespace,
    query: { labelSelector: selector, includeObject: "None" },
    accept: TABLE,
  });
  const own = `${chain.top.name}-`;
  const sets = readTable(table).filter(({ name }) => name.startsWith(own)).sort((a, b) => a.ageMs - b.ageMs);
  const described: JsonObject = {
    replica_sets: sets.slice(0, SHOWN).map(describeRow),
    ...(await compareLastTwo(scene, namespace, sets, chain.replicaSet)),
  };
  scene.owners.known.remember("change", key, described);
  return described;
};

function describeRow({ name, age, cells }: TableRow): JsonObject {
  return {
    name,
    age,
    desired: countOf(cells.Desired),
    ready: countOf(cells.Ready),
    images: clipText(cells.Images, 1_024) ?? "",
  };
}

/** The template of the faulty pod, else the youngest, against the youngest of the others. */
async function compareLastTwo(
  scene: Scene,
  namespace: string,
  sets: readonly TableRow[],
  replicaSet: string,
): Promise<JsonObject> {
  const one = sets.find(({ name }) => name === replicaSet) ?? sets[0];
  const other = sets.find((set) => set !== one);
  if (one === undefined || other === undefined) return {};
  const name = scene.request.stamp.owner?.name ?? "";
  const rolledOutAt = scene.roster.rollouts.newestOf(namespace, name)?.atMs ?? -Infinity;
  // A rollback makes an old template the present one.
  if (Math.min(one.ageMs, other.ageMs) > FRESH_MS && scene.now() - rolledOutAt > FRESH_MS) return {};
  const [first, second] = [await read(scene, namespace, one.name), await read(scene, namespace, other.name)];
  const [before, after] = revisionOf(first) <= revisionOf(second) ? [first, second] : [second, first];
  const { changes, leftOut } = diffTemplate(
    objectOf(before.spec).template,
    objectOf(after.spec).template,
    (value) => redactValue(value, { redactor: scene.redactor }).value,
  );
  return {
    from: describeSet(before),
    to: describeSet(after),
    changes: changes.map(wireChange),
    ...(leftOut === 0 ? {} : { changes_left_out: leftOut }),
  };
}

async function read(scene: Scene, namespace: string, name: string): Promise<RawObject> {
  const target = workloadTarget(namespace, { kind: "ReplicaSet", name });
  // Two secrets look the same once they are cut out: what changed is found before.
  return target === null ? {} : await scene.api.get({ ...target, raw: true });
}

const annotationsOf = (object: RawObject) => objectOf(objectOf(object.metadata).annotations);
const revisionOf = (object: RawObject) => Number(textOf(annotationsOf(object)[REVISION])) || 0;

function describeSet(object: RawObject): JsonObject {
  const metadata = objectOf(object.metadata);
  const containers = listOf(objectOf(objectOf(objectOf(object.spec).template).spec).containers).map(objectOf);
  return {
    name: clipText(metadata.name, 253) ?? "",
    revision: clipText(annotationsOf(object)[REVISION], 32) ?? "",
    created_at: clipText(metadata.creationTimestamp, 64) ?? "",
    images: containers.slice(0, 16).map(({ image }) => clipText(image, 512) ?? ""),
  };
}
