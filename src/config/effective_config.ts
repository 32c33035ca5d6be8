import { Document, type Node, Pair, Scalar, YAMLMap } from "yaml";
import { hideUrlPassword } from "../lifecycle/hide_url_password.ts";
import { type Config, configSchema } from "./config_schema.ts";
import type { FieldInfo } from "./field.ts";
import { isRecord, type KeyPath, valueAt } from "./key_path.ts";
import { formatOrigin, type Origin } from "./origin.ts";
import { type Field, readSchemaTree, type Section } from "./schema_tree.ts";

/**
 * Writes the checked configuration as YAML that the loader takes again, each value with its origin as a comment and
 * passwords in URLs hidden. Keys that are not set are left out.
 */
export function formatEffectiveConfig(config: Config, originOf: (path: KeyPath) => Origin): string {
  const document = new Document(null);
  const writeField = ({ path, info }: Field): Pair<Node, Node> | null => {
    const value = valueAt(config, path);
    if (value === undefined) return null;
    const node = document.createNode(hidePasswords(toFileForm(value, info)));
    const key = new Scalar(path.at(-1));
    const comment = ` ${formatOrigin(originOf(path))}`;
    if (isMultiLine(value)) key.commentBefore = comment;
    else node.comment = comment;
    return new Pair(key, node);
  };
  const writeSection = (section: Section): YAMLMap<Node, Node> => {
    const map = new YAMLMap<Node, Node>();
    for (const field of section.fields) {
      const pair = writeField(field);
      if (pair !== null) map.items.push(pair);
    }
    for (const inner of section.sections) {
      const content = writeSection(inner);
      if (content.items.length > 0) map.items.push(new Pair(new Scalar(inner.path.at(-1)), content));
    }
    return map;
  };
  document.contents = writeSection(readSchemaTree(configSchema));
  return document.toString({ lineWidth: 0 });
}

const isMultiLine = (value: unknown) => Array.isArray(value) ? value.length > 0 : isRecord(value);

function toFileForm(value: unknown, info: FieldInfo): unknown {
  return typeof value === "number" && info.format !== undefined ? info.format(value) : value;
}

function hidePasswords(value: unknown): unknown {
  if (typeof value === "string") return hideUrlPassword(value);
  if (Array.isArray(value)) return value.map(hidePasswords);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hidePasswords(inner)]));
}
