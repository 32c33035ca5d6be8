import { stringify } from "yaml";
import { hideUrlPassword } from "../lifecycle/hide_url_password.ts";
import { type Config, configSchema } from "./config_schema.ts";
import type { FieldInfo } from "./field.ts";
import { isRecord, type KeyPath, valueAt } from "./key_path.ts";
import { formatOrigin, type Origin } from "./origin.ts";
import { type Field, readSchemaTree, type Section } from "./schema_tree.ts";

/**
 * Writes the checked configuration as YAML that the loader takes again, a line a value, with its origin as a comment and
 * passwords in URLs hidden. Keys that are not set are left out.
 */
export function formatEffectiveConfig(config: Config, originOf: (path: KeyPath) => Origin): string {
  const writeField = ({ path, info }: Field): string[] => {
    const value = valueAt(config, path);
    if (value === undefined) return [];
    const text = stringify(hidePasswords(toFileForm(value, info)), { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
    return [`${indent(path)}${path.at(-1)}: ${text} # ${formatOrigin(originOf(path))}`];
  };
  const writeSection = (section: Section): string[] => {
    const lines = [...section.fields.flatMap(writeField), ...section.sections.flatMap(writeSection)];
    return lines.length === 0 || section.path.length === 0
      ? lines
      : [`${indent(section.path)}${section.path.at(-1)}:`, ...lines];
  };
  return writeSection(readSchemaTree(configSchema)).join("\n") + "\n";
}

const indent = (path: readonly string[]) => "  ".repeat(path.length - 1);

function toFileForm(value: unknown, info: FieldInfo): unknown {
  return typeof value === "number" && info.format !== undefined ? info.format(value) : value;
}

function hidePasswords(value: unknown): unknown {
  if (typeof value === "string") return hideUrlPassword(value);
  if (Array.isArray(value)) return value.map(hidePasswords);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hidePasswords(inner)]));
}
