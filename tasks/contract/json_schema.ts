/** As much of JSON Schema as the messages use. A `$ref` holds the bare name of a type. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
}

const isNull = (schema: JsonSchema) => schema.type === "null";

/** A schema without the `null` that it may be too, and whether there was one. */
export function withoutNull(schema: JsonSchema): { readonly schema: JsonSchema; readonly nullable: boolean } {
  const { anyOf, type, ...rest } = schema;
  const [only, ...others] = anyOf?.filter((one) => !isNull(one)) ?? [];
  if (anyOf?.some(isNull) === true && only !== undefined && others.length === 0) {
    return { schema: { ...only, ...rest }, nullable: true };
  }
  if (Array.isArray(type) && type.includes("null")) {
    const left = type.filter((one) => one !== "null");
    return { schema: { ...rest, type: left.length === 1 ? left[0] ?? "" : left }, nullable: true };
  }
  return { schema, nullable: false };
}
