import { configJsonSchema } from "../../src/config/config_json_schema.ts";
import { messageJsonSchema } from "../../src/wire/message_schemas.ts";
import { SUBJECT_KINDS, type SubjectKind } from "../../src/wire/subject.ts";
import type { CliContext } from "../cli_context.ts";

const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/** Prints one schema, or with `null` a document that holds all of them below `$defs`. */
export function printSchema(context: CliContext, kind: SubjectKind | "config" | null): void {
  const schema = kind === null ? { $schema: DIALECT, $defs: allSchemas() } : schemaOf(kind);
  context.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
}

const schemaOf = (kind: SubjectKind | "config") => kind === "config" ? configJsonSchema() : messageJsonSchema(kind);

/** Each with an `$id`, so that a `$ref` inside it means itself and not the document. */
function allSchemas(): Record<string, unknown> {
  const kinds = ["config", ...SUBJECT_KINDS] as const;
  return Object.fromEntries(kinds.map((kind) => [kind, { $id: kind, ...schemaOf(kind) }]));
}
