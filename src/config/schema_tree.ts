import * as z from "zod/mini";
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
  while (
    inner instanceof z.ZodMiniPrefault || inner instanceof z.ZodMiniOptional || inner instanceof z.ZodMiniDefault
  ) {
    inner = inner.def.innerType;
  }
  return inner;
}

/** The schema of what stands in the file, where the checked value is another. */
function inputOf(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = unwrap(schema);
  return inner instanceof z.ZodMiniPipe ? inputOf(inner.def.in) : inner;
}

/** The schema at `path`, unwrapped; null where the schema knows no such key or leaves the choice open. */
function schemaAt(root: z.core.$ZodType, path: KeyPath): z.core.$ZodType | null {
  let schema: z.core.$ZodType | undefined = unwrap(root);
  for (const step of path) {
    const container: z.core.$ZodType = inputOf(schema);
    if (container instanceof z.ZodMiniObject) schema = container.shape[String(step)];
    else if (container instanceof z.ZodMiniArray) schema = container.def.element;
    else if (container instanceof z.ZodMiniRecord) schema = container.def.valueType;
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
  return container instanceof z.ZodMiniObject || container instanceof z.ZodMiniArray ||
    container instanceof z.ZodMiniRecord;
}

/** The keys that the mapping at `path` may have; empty where they are not fixed. */
export function knownKeysAt(root: z.core.$ZodType, path: KeyPath): string[] {
  const schema = schemaAt(root, path);
  const container = schema === null ? null : inputOf(schema);
  return container instanceof z.ZodMiniObject ? Object.keys(container.shape) : [];
}

/** What is known of the value at `path`, or null. */
export function fieldInfoAt(root: z.core.$ZodType, path: KeyPath): FieldInfo | null {
  const schema = schemaAt(root, path);
  return schema === null ? null : fieldInfo.get(schema) ?? null;
}

/** The schema's sections and values in the order of the file. */
export function readSchemaTree(root: z.ZodMiniObject, path: readonly string[] = []): Section {
  const fields: Field[] = [];
  const sections: Section[] = [];
  for (const [key, schema] of Object.entries(root.shape)) {
    const inner = unwrap(schema);
    const info = fieldInfo.get(inner);
    if (inner instanceof z.ZodMiniObject) sections.push(readSchemaTree(inner, [...path, key]));
    else if (info !== undefined) {
      fields.push({
        path: [...path, key],
        schema: inner,
        info,
        description: descriptionOf(inner),
        default: schema instanceof z.ZodMiniPrefault ? schema.def.defaultValue : undefined,
        required: !(schema instanceof z.ZodMiniPrefault || schema instanceof z.ZodMiniOptional),
      });
    }
  }
  return { path, description: descriptionOf(root), fields, sections };
}

function descriptionOf(schema: z.core.$ZodType): string {
  return z.globalRegistry.get(schema)?.description ?? "";
}

/** Every value below `section`, the sections inside included. */
export function allFields(section: Section): Field[] {
  return [...section.fields, ...section.sections.flatMap(allFields)];
}
