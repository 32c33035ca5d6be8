import { SUBJECT_KINDS } from "../../src/wire/subject.ts";
import { type JsonSchema, withoutNull } from "./json_schema.ts";
import type { Contract } from "./read_contract.ts";

const HEAD =
  `// What agents and central programs say to each other over NATS. Written by \`deno task docs:asyncapi\` from the definitions
// that the agent itself reads and writes by; docs/asyncapi.yaml has the subjects and headers.
//
// A later version may add fields, and words to a list: pass over what you do not know.
`;

/** types/agent.d.ts. */
export function renderTypeScript({ types, messages }: Contract): string {
  const kinds = SUBJECT_KINDS.map((kind) => `  ${kind}: ${messages[kind]};`);
  const table = `/** The type of each kind of message, by the word in its subject. \`events\` has one event a line. */
export interface Messages {
${kinds.join("\n")}
}
`;
  return [HEAD, table, ...[...types].map(([name, schema]) => declarationOf(name, schema))].join("\n");
}

function declarationOf(name: string, schema: JsonSchema): string {
  const { properties, required = [], additionalProperties } = schema;
  if (properties === undefined) return `${comment(schema, "")}export type ${name} = ${typeOf(schema)};\n`;
  const lines = Object.entries(properties).flatMap(([key, value]) =>
    `${comment(value, "  ")}  ${key}${required.includes(key) ? "" : "?"}: ${typeOf(value)};`
  );
  if (additionalProperties !== undefined) lines.push(`  [key: string]: ${typeOf(additionalProperties)};`);
  return `${comment(schema, "")}export interface ${name} {\n${lines.join("\n")}\n}\n`;
}

function comment({ description }: JsonSchema, indent: string): string {
  return description === undefined ? "" : `${indent}/** ${description.replaceAll("*/", "*\\/")} */\n`;
}

const PLAIN: Readonly<Record<string, string>> = {
  string: "string",
  number: "number",
  integer: "number",
  boolean: "boolean",
};

function typeOf(whole: JsonSchema): string {
  const { schema, nullable } = withoutNull(whole);
  if (nullable) return `${typeOf(schema)} | null`;
  if (schema.$ref !== undefined) return schema.$ref;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  if (schema.oneOf !== undefined) return schema.oneOf.map(typeOf).join(" | ");
  if (schema.items !== undefined) return `${typeOf(schema.items)}[]`;
  if (schema.additionalProperties !== undefined) return `Record<string, ${typeOf(schema.additionalProperties)}>`;
  const names = [schema.type ?? []].flat().map((type) => PLAIN[type] ?? "unknown");
  return names.length === 0 ? "unknown" : names.join(" | ");
}
