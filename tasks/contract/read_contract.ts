import ts from "typescript";
import { messageJsonSchema } from "../../src/wire/message_schemas.ts";
import { SUBJECT_KINDS, type SubjectKind } from "../../src/wire/subject.ts";
import type { JsonSchema } from "./json_schema.ts";
import { commentOf, readWireSources, type WireSources } from "./wire_sources.ts";

/** What agents and central programs say to each other. */
export interface Contract {
  /** By name, those of whole messages before those of their parts. */
  readonly types: ReadonlyMap<string, JsonSchema>;
  /** The type of each kind of message. */
  readonly messages: Readonly<Record<SubjectKind, string>>;
}

/**
 * Reads the contract: the schemas that `agent schema` prints, with the names and comments that their definitions have in
 * src/wire. `causeSchema` becomes the type `Cause`; an object or a list of words without a name gets that of its place.
 */
export async function readContract(): Promise<Contract> {
  const sources = await readWireSources();
  const reader = createReader(sources);
  const table = sources.find("MESSAGE_SCHEMAS", "message_schemas.ts");
  const messages = Object.fromEntries(SUBJECT_KINDS.map((kind) => {
    const expression = schemaOfRow(table.value, kind);
    const shaped = reader.shape({ expression, file: table.file, place: "" }, toPlain(messageJsonSchema(kind)));
    if (shaped.$ref === undefined) throw new Error(`the message ${kind} has no name`);
    return [kind, shaped.$ref];
  })) as Record<SubjectKind, string>;
  return { types: reader.types, messages };
}

/** In `{event: {title: …, schema: eventSchema}}`, what stands for the schema of a kind. */
function schemaOfRow(table: ts.Expression, kind: string): ts.Expression {
  const property = (object: ts.Expression, name: string): ts.Expression => {
    const found = ts.isObjectLiteralExpression(object)
      ? object.properties.find((one) => one.name?.getText() === name)
      : undefined;
    if (found === undefined || !ts.isPropertyAssignment(found)) throw new Error(`${name} has no place in the table`);
    return found.initializer;
  };
  return property(property(table, kind), "schema");
}

const toPlain = (schema: Record<string, unknown>): JsonSchema => {
  const { $schema: _dialect, title: _title, ...rest } = schema;
  return rest;
};

/** Where a schema is defined, and what a type without a name is called there. */
interface Definition {
  readonly expression: ts.Expression;
  readonly file: string;
  readonly place: string;
}

function createReader(sources: WireSources) {
  const types = new Map<string, JsonSchema>();

  /** Gives a schema a name, made once; what comes under one name twice must be the same. */
  function name(type: string, make: () => JsonSchema): JsonSchema {
    const known = types.get(type);
    if (known === undefined) types.set(type, {}); // its place is before its parts
    const made = make();
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(made)) {
      throw new Error(`two shapes would be called ${type}; give one of them a name of its own in src/wire`);
    }
    types.set(type, made);
    return { $ref: type };
  }

  /** The schema with its parts replaced by references to types, and with comments. */
  function shape(definition: Definition, schema: JsonSchema): JsonSchema {
    const expression = withoutWrappers(definition.expression, schema);
    if (ts.isIdentifier(expression)) {
      const { value, file, comment } = sources.find(expression.text, definition.file);
      const typeName = /^(.+)Schema$/.exec(expression.text)?.[1];
      if (typeName === undefined) return shape({ expression: value, file, place: definition.place }, schema);
      const type = pascal(typeName);
      return name(type, () => {
        const described = comment === null ? {} : { description: comment };
        return { ...described, ...shapeParts({ expression: value, file, place: type }, schema) };
      });
    }
    const { place } = definition;
    const isType = Object.keys(schema.properties ?? {}).length > 0 || (schema.enum?.length ?? 0) > 1;
    return isType ? name(place, () => shapeParts(definition, schema)) : shapeParts(definition, schema);
  }

  function shapeParts(definition: Definition, schema: JsonSchema): JsonSchema {
    const expression = withoutWrappers(definition.expression, schema);
    const at = (part: ts.Expression | undefined): Definition =>
      part === undefined ? definition : { ...definition, expression: part };
    if (ts.isIdentifier(expression)) return shape(definition, schema);
    if (!ts.isCallExpression(expression)) return schema;
    const [first, second] = expression.arguments;
    switch (expression.expression.getText().replace(/^z\./, "")) {
      case "object":
      case "looseObject":
        return { ...schema, properties: shapeProperties(at(first), schema.properties ?? {}) };
      case "nullish":
        return {
          ...schema,
          anyOf: (schema.anyOf ?? []).map((one) => one.type === "null" ? one : shape(at(first), one)),
        };
      case "array":
        return schema.items === undefined ? schema : { ...schema, items: shape(at(first), schema.items) };
      case "record":
        return schema.additionalProperties === undefined
          ? schema
          : { ...schema, additionalProperties: shape(at(second), schema.additionalProperties) };
      case "discriminatedUnion":
        return { ...schema, oneOf: shapeMembers(at(second), schema.oneOf ?? []) };
      case "int": {
        const { minimum: _min, maximum: _max, ...rest } = schema; // those of every number that JavaScript counts by
        return rest;
      }
      default:
        return schema;
    }
  }

  function shapeProperties(
    { expression, file, place }: Definition,
    schemas: Readonly<Record<string, JsonSchema>>,
  ): Record<string, JsonSchema> {
    if (ts.isIdentifier(expression)) {
      const found = sources.find(expression.text, file);
      return shapeProperties({ expression: found.value, file: found.file, place }, schemas);
    }
    if (!ts.isObjectLiteralExpression(expression)) return { ...schemas };
    const shaped: Record<string, JsonSchema> = {};
    for (const property of expression.properties) {
      if (ts.isSpreadAssignment(property)) {
        Object.assign(shaped, shapeProperties({ expression: property.expression, file, place }, schemas));
      } else if (ts.isPropertyAssignment(property)) {
        const key = property.name.getText();
        const schema = schemas[key];
        if (schema === undefined) continue; // another one of the objects that share these fields has it
        const comment = commentOf(property);
        const part = shape({ expression: property.initializer, file, place: place + pascal(key) }, schema);
        shaped[key] = comment === null ? part : { ...part, description: comment };
      }
    }
    return shaped;
  }

  function shapeMembers({ expression, file, place }: Definition, schemas: readonly JsonSchema[]): JsonSchema[] {
    const members = ts.isArrayLiteralExpression(expression) ? expression.elements : [];
    return schemas.map((schema, index) => {
      const member = members[index];
      return member === undefined ? schema : shape({ expression: member, file, place: `${place}${index}` }, schema);
    });
  }

  return { types, shape };
}

/** What is left of `z.optional(z.string().register(…))`: `z.string()`. */
function withoutWrappers(expression: ts.Expression, schema: JsonSchema): ts.Expression {
  if (!ts.isCallExpression(expression)) return expression;
  const { expression: callee, arguments: [first] } = expression;
  if (ts.isPropertyAccessExpression(callee) && /^(register|check)$/.test(callee.name.text)) {
    return withoutWrappers(callee.expression, schema);
  }
  const wraps = /^z\.(optional|readonly|partial)$/.test(callee.getText()) ||
    (callee.getText() === "z.nullish" && schema.anyOf === undefined);
  return wraps && first !== undefined ? withoutWrappers(first, schema) : expression;
}

/** `involved_object` and `involvedObject` become `InvolvedObject`. */
export function pascal(name: string): string {
  return name.split("_").map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}
