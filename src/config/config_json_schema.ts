import * as z from "zod/mini";
import { configSchema } from "./config_schema.ts";

/** The JSON Schema (2020-12) of the configuration file, for editors and CI. Rules between keys are not in it. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: "input", override: allowEmptySections });
  return { ...schema, title: "agent configuration" };
}

/** A section or list whose lines are all commented out is `null` in YAML; the loader takes it as not set. */
function allowEmptySections(
  { jsonSchema, path }: { jsonSchema: z.core.JSONSchema.BaseSchema; path: (string | number)[] },
) {
  if (path.length > 0 && (jsonSchema.type === "object" || jsonSchema.type === "array")) {
    Object.assign(jsonSchema, { type: [jsonSchema.type, "null"] });
  }
}
