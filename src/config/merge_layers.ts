import { formatKeyPath, isRecord, type KeyPath } from "./key_path.ts";
import type { Origin, Override } from "./origin.ts";
import type { Positions } from "./parse_yaml.ts";
import { AUTHENTICATION_KEYS } from "./section/nats.ts";

/** Everything that was set, before it is checked, and where each part comes from. */
export interface MergedLayers {
  readonly data: Record<string, unknown>;
  /** The origin of the value at `path`: its own, or that of the section it stands in. */
  originOf(path: KeyPath): Origin;
}

/** A parsed file; `positions` is null where there is none. */
export interface FileLayer {
  readonly name: string;
  readonly data: unknown;
  readonly positions: Positions | null;
}

/**
 * Lays `overrides` over the file, weakest first. An override that says how to authenticate takes the place of every
 * other way that a weaker source names: they exclude each other.
 */
export function mergeLayers(file: FileLayer, overrides: readonly Override[]): MergedLayers {
  const data = structuredCopy(file.data);
  const origins = new Map<string, Override>();
  for (const override of overrides) {
    if (isAuthentication(override.path)) removeWeakerAuthentication(data, origins, override);
    if (setValue(data, override.path, override.value)) origins.set(formatKeyPath(override.path), override);
  }
  return { data, originOf: (path) => findOrigin(path, origins, file) };
}

function findOrigin(path: KeyPath, origins: ReadonlyMap<string, Override>, file: FileLayer): Origin {
  for (let length = path.length; length > 0; length--) {
    const override = origins.get(formatKeyPath(path.slice(0, length)));
    if (override !== undefined) return override.origin;
  }
  if (file.positions === null) return { kind: "default" };
  return { kind: "file", file: file.name, ...file.positions.value(path) };
}

const isAuthentication = (path: readonly string[]) =>
  path.length === 2 && path[0] === "nats" && AUTHENTICATION_KEYS.some((key) => key === path[1]);

function removeWeakerAuthentication(
  data: Record<string, unknown>,
  origins: Map<string, Override>,
  stronger: Override,
): void {
  const nats = data["nats"];
  if (!isRecord(nats)) return;
  for (const key of AUTHENTICATION_KEYS) {
    const path = formatKeyPath(["nats", key]);
    if (origins.get(path)?.origin.kind === stronger.origin.kind) continue;
    delete nats[key];
    origins.delete(path);
  }
}

/** Sets a value below mappings, making those that are missing. False where something else stands in the way. */
function setValue(data: Record<string, unknown>, path: readonly string[], value: unknown): boolean {
  let section: Record<string, unknown> = data;
  for (const key of path.slice(0, -1)) {
    section[key] ??= Object.create(null);
    const inner = section[key];
    if (!isRecord(inner)) return false;
    section = inner;
  }
  const last = path.at(-1);
  if (last === undefined) return false;
  section[last] = value;
  return true;
}

function structuredCopy(value: unknown): Record<string, unknown> {
  const copy = copyOf(value);
  return isRecord(copy) ? copy : Object.create(null);
}

/** Like `structuredClone`, but mappings stay without a prototype. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isRecord(value)) return value;
  return Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)])),
  );
}
