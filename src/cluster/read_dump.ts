import { decodeText } from "../lifecycle/decode_text.ts";
import { AgentError } from "../lifecycle/errors.ts";
import { parseYamlDocuments } from "../lifecycle/parse_yaml_documents.ts";
import { type ClusterFacts, CONFIG_MAPS, noFacts } from "./cluster_facts.ts";
import { absent, found } from "./fact.ts";
import { parseNode } from "./node_fact.ts";
import { isJsonObject, type JsonObject, stringMapAt, textAt } from "./object_shape.ts";
import { parseInfrastructure, parseKubeSystem } from "./parse_facts.ts";
import { type SplitJson, splitJson } from "./split_json.ts";

const HOW = "make one with: kubectl get nodes,namespaces,configmaps -A -o json";

/** A Kubernetes object of a dump. In a typed list (`NodeList`) the items themselves name no kind. */
interface DumpedObject {
  readonly kind: string;
  readonly object: JsonObject;
}

/**
 * Reads the facts out of a dump: a `List` as kubectl prints it, typed lists, single objects, arrays of them, or several
 * such documents one after the other, in JSON or YAML. What the dump does not hold is absent. Throws `bad_input` when it is
 * neither or holds no Kubernetes object at all; `source` names it in the message.
 */
export function readDump(bytes: Uint8Array, source: string): ClusterFacts {
  const documents = splitDocuments(decodeText(bytes));
  if ("problem" in documents) {
    throw new AgentError("bad_input", `Cannot read ${source}: ${documents.problem}; ${HOW}`);
  }
  const objects = documents.values.flatMap((value) => objectsIn(value, ""));
  if (objects.length === 0) {
    throw new AgentError("bad_input", `Cannot use ${source}: it holds no Kubernetes object; ${HOW}`);
  }
  return factsOf(objects);
}

/** JSON begins with a bracket, and YAML of objects with a word, a dash or a comment. */
function splitDocuments(text: string): SplitJson {
  if (/^\s*(?:[{[]|$)/.test(text)) return splitJson(text);
  const yaml = parseYamlDocuments(text);
  if (yaml.kind === "broken") {
    return { problem: `the YAML breaks in line ${yaml.line} (${yaml.message.replace(/\s+/g, " ").slice(0, 160)})` };
  }
  const values = yaml.documents.map(({ value }) => value);
  return values.some((value) => typeof value === "object") ? { values } : splitJson(text);
}

function objectsIn(value: unknown, kindOfItems: string): readonly DumpedObject[] {
  if (Array.isArray(value)) return value.flatMap((item) => objectsIn(item, kindOfItems));
  if (!isJsonObject(value)) return [];
  const kind = textAt(value, "kind") || kindOfItems;
  if (Array.isArray(value.items) && (kind === "" || kind.endsWith("List"))) {
    return objectsIn(value.items, kind.replace(/List$/, ""));
  }
  if (kind === "" && isJsonObject(value.serverVersion)) return [{ kind: "VersionInfo", object: value.serverVersion }];
  return kind === "" ? [] : [{ kind, object: value }];
}

function factsOf(objects: readonly DumpedObject[]): ClusterFacts {
  const ofKind = (kind: string) => objects.filter((dumped) => dumped.kind === kind).map(({ object }) => object);
  const named = (kind: string, name: string, namespace = "") =>
    ofKind(kind).find((object) =>
      textAt(object, "metadata", "name") === name && textAt(object, "metadata", "namespace") === namespace
    );
  const fact = <T>(object: JsonObject | undefined, what: string, parse: (object: JsonObject) => T) =>
    object === undefined ? absent(`the dump holds no ${what}`) : found(parse(object));
  const configMap = (key: keyof typeof CONFIG_MAPS) => {
    const { namespace, name } = CONFIG_MAPS[key];
    const what = `ConfigMap ${namespace}/${name}`;
    return fact(named("ConfigMap", name, namespace), what, (object) => stringMapAt(object, "data"));
  };
  const nodes = ofKind("Node").map(parseNode).filter((node) => node !== null);
  const kubeSystem = parseKubeSystem(named("Namespace", "kube-system"));
  const version = ofKind("VersionInfo")[0];
  return {
    ...noFacts("a dump does not hold it"),
    kubeSystem: kubeSystem === null ? absent("the dump holds no namespace kube-system") : found(kubeSystem),
    nodes: nodes.length === 0 ? absent("the dump holds no nodes") : found({ nodes, total: nodes.length }),
    serverVersion: fact(version, "server version", (object) => textAt(object, "gitVersion")),
    clusterProperty: fact(
      named("ClusterProperty", "cluster.clusterset.k8s.io"),
      "ClusterProperty",
      (object) => textAt(object, "spec", "value"),
    ),
    openshiftVersion: fact(
      named("ClusterVersion", "version"),
      "ClusterVersion of OpenShift",
      (object) => textAt(object, "spec", "clusterID"),
    ),
    openshiftInfrastructure: fact(
      named("Infrastructure", "cluster"),
      "Infrastructure of OpenShift",
      parseInfrastructure,
    ),
    shootInfo: configMap("shootInfo"),
    gardenerIdentity: configMap("gardenerIdentity"),
    ackProfile: configMap("ackProfile"),
    aksMetadata: configMap("aksMetadata"),
    kubeadmConfig: configMap("kubeadmConfig"),
  };
}
