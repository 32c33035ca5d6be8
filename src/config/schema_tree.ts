import * as z from "zod";
import { type FieldInfo, fieldInfo } from "./field.ts";
import type { KeyPath } from "./key_path.ts";

/** One value of the configuration, as the documentation and `--effective` see it. */
export interface Field {
  readonly path: readonly string[];
  readonly schema: z.core.$ZodType;
  readonly info: FieldInfo;
  readonly description: string;
  /** As it would stand in the file; undefined where the key stays unset. */
  readonly default: unknown;
  readonly required: boolean;
}

/** One section (a mapping with fixed keys) of the configuration. */
export interface Section {
  readonly path: readonly string[];
  readonly description: string;
  readonly fields: readonly Field[];
  readonly sections: readonly Section[];
}

/** The schema without what only says that a value may be missing. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema;
  while (inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) {
    inner = inner.def.innerType;
  }
  return inner;
}

/** The schema of what stands in the file, where the checked value is another. */
function inputOf(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = unwrap(schema);
  return inner instanceof z.ZodPipe ? inputOf(inner.def.in) : inner;
}

/** The schema at `path`, unwrapped; null where the schema knows no such key or leaves the choice open. */
export function schemaAt(root: z.core.$ZodType, path: KeyPath): z.core.$ZodType | null {
  let schema: z.core.$ZodType | undefined = unwrap(root);
  for (const step of path) {
    const container: z.core.$ZodType = inputOf(schema);
    if (container instanceof z.ZodObject) schema = container.shape[String(step)];
    else if (container instanceof z.ZodArray) schema = container.element;
    else if (container instanceof z.ZodRecord) schema = container.valueType;
    else schema = undefined;
    if (schema === undefined) return null;
    schema = unwrap(schema);
  }
  return schema;
}

/** Whether a mapping or a list stands at `path`, for which `null` (all lines commented out) means "not set". */
export function isContainerAt(root: z.core.$ZodType, path: KeyPath): boolean {
  const schema = schemaAt(root, path);
  if (schema === null) return false;
  const container = inputOf(schema);
  return container instanceof z.ZodObject || container instanceof z.ZodArray || container instanceof z.ZodRecord;
}

/** The keys that the mapping at `path` may have; empty where they are not fixed. */
export function knownKeysAt(root: z.core.$ZodType, path: KeyPath): string[] {
  const schema = schemaAt(root, path);
  const container = schema === null ? null : inputOf(schema);
  return container instanceof z.ZodObject ? Object.keys(container.shape) : [];
}

/** What is known of the value at `path`, or null. */
export function fieldInfoAt(root: z.core.$ZodType, path: KeyPath): FieldInfo | null {
  const schema = schemaAt(root, path);
  return schema === null ? null : fieldInfo.get(schema) ?? null;
}

/** The schema's sections and values in the order of the file. */
export function readSchemaTree(root: z.ZodObject, path: readonly string[] = []): Section {
  const fields: Field[] = [];
  const sections: Section[] = [];
  for (const [key, schema] of Object.entries(root.shape)) {
    const inner = unwrap(schema);
    const info = fieldInfo.get(inner);
    if (inner instanceof z.ZodObject) sections.push(readSchemaTree(inner, [...path, key]));
    else if (info !== undefined) {
      fields.push({
        path: [...path, key],
        schema: inner,
        info,
        description: z.globalRegistry.get(inner)?.description ?? "",
        default: schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined,
        required: !(schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional),
      });
    }
  }
  return { path, description: root.description ?? "", fields, sections };
}

/** Every value below `section`, the sections inside included. */
export function allFields(section: Section): Field[] {
  return [...section.fields, ...section.sections.flatMap(allFields)];
}
