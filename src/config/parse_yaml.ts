import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { formatKeyPath, type KeyPath } from "./key_path.ts";

/** A place in a file, counted from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where the keys and values of a parsed file stand. */
export interface Positions {
  /** Of the value at `path`, or of the nearest section around it. */
  value(path: KeyPath): Position;
  /** Of the key that ends `path`; a list's item has that of its value. */
  key(path: KeyPath): Position;
}

/** Something that makes a file no configuration at all, whatever its keys are. */
interface SyntaxFault extends Position {
  readonly path: string;
  readonly message: string;
}

type ParsedYaml =
  | { readonly kind: "ok"; readonly data: unknown; readonly positions: Positions }
  | { readonly kind: "invalid"; readonly faults: readonly SyntaxFault[] };

/** The bounds that keep a hostile file harmless. A configuration of thousands of rules stays below all of them. */
const LIMIT_DEPTH = 32;
const LIMIT_NODES = 200_000;
const LIMIT_ALIASES = 100;
const LIMIT_FAULTS = 50;

/**
 * Parses one YAML 1.2 document into plain data (mappings without a prototype, lists, texts, numbers, booleans, null)
 * and remembers where everything stands. An empty document is an empty mapping. Never throws: duplicate keys, keys that
 * are no text, merge keys, unknown tags, a second document, nesting and aliases beyond the limits are faults.
 */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter();
  const faults: SyntaxFault[] = [];
  const faultAt = (offset: number, path: KeyPath, message: string) => {
    if (faults.length < LIMIT_FAULTS) faults.push({ ...positionAt(lines, offset), path: formatKeyPath(path), message });
  };
  let document: Document.Parsed;
  try {
    // Duplicate keys are found below: the package's own search is quadratic.
    document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, merge: false, prettyErrors: false });
  } catch (error) {
    // The parser recurses: brackets nested some thousand deep exhaust the stack.
    if (!(error instanceof RangeError)) throw error;
    return { kind: "invalid", faults: [{ line: 1, column: 1, path: "", message: "is nested too deeply" }] };
  }
  for (const error of [...document.errors, ...document.warnings]) {
    faultAt(error.pos[0], [], describeYamlError(error.code, error.message));
  }
  if (faults.length > 0) return { kind: "invalid", faults };
  const reader = new TreeReader(document, faultAt);
  const data = reader.read(document.contents);
  if (faults.length > 0) return { kind: "invalid", faults };
  return { kind: "ok", data, positions: createPositions(lines, reader.valueOffsets, reader.keyOffsets) };
}

function describeYamlError(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "a second document begins here; one is allowed";
  if (code === "RESOURCE_EXHAUSTION") return "is nested too deeply";
  // The package quotes the file in some messages; a line of it may hold a secret.
  return `is not YAML: ${code.toLowerCase().replaceAll("_", " ")}${
    /["'`]/.test(message) ? "" : ` (${message.slice(0, 120)})`
  }`;
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function createPositions(
  lines: LineCounter,
  valueOffsets: ReadonlyMap<string, number>,
  keyOffsets: ReadonlyMap<string, number>,
): Positions {
  const nearest = (offsets: ReadonlyMap<string, number>, path: KeyPath): Position => {
    for (let length = path.length; length > 0; length--) {
      const offset = offsets.get(JSON.stringify(path.slice(0, length)));
      if (offset !== undefined) return positionAt(lines, offset);
    }
    return { line: 1, column: 1 };
  };
  return { value: (path) => nearest(valueOffsets, path), key: (path) => nearest(keyOffsets, path) };
}

/** Turns the package's tree into plain data, within the limits. One reader reads one document. */
class TreeReader {
  readonly valueOffsets = new Map<string, number>();
  readonly keyOffsets = new Map<string, number>();
  private nodes = 0;
  private aliases = 0;
  private overLimit = false;

  constructor(
    private readonly document: Document.Parsed,
    private readonly faultAt: (offset: number, path: KeyPath, message: string) => void,
  ) {}

  read(root: Node | null): unknown {
    if (root === null || (isScalar(root) && root.value === null)) return Object.create(null);
    if (!isMap(root)) {
      this.faultAt(offsetOf(root), [], "must be a mapping of keys to values");
      return null;
    }
    return this.readNode(root, []);
  }

  private readNode(node: unknown, path: KeyPath): unknown {
    const offset = offsetOf(node);
    if (!this.isWithinLimits(node, offset, path)) return null;
    this.remember(path, this.valueOffsets, offset);
    if (isAlias(node)) return this.readAlias(node.resolve(this.document), offset, path);
    if (isMap(node)) return this.readMap(node.items, path);
    if (isSeq(node)) return node.items.map((item, index) => this.readNode(item, [...path, index]));
    if (!isScalar(node)) return null;
    const { value } = node;
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      return value;
    }
    this.faultAt(offset, path, "must be a text, a number, a boolean, a list or a mapping");
    return null;
  }

  private isWithinLimits(node: unknown, offset: number, path: KeyPath): boolean {
    if (this.overLimit) return false;
    this.nodes += 1;
    if (isAlias(node)) this.aliases += 1;
    const fault = path.length > LIMIT_DEPTH
      ? `is nested too deeply; at most ${LIMIT_DEPTH} levels are allowed`
      : this.nodes > LIMIT_NODES
      ? `makes the file too large; at most ${LIMIT_NODES} values are allowed, aliases counted each time`
      : this.aliases > LIMIT_ALIASES
      ? `is one alias too many; at most ${LIMIT_ALIASES} are allowed`
      : null;
    if (fault === null) return true;
    this.overLimit = true;
    this.faultAt(offset, path, fault);
    return false;
  }

  private readAlias(target: Node | undefined, offset: number, path: KeyPath): unknown {
    if (target === undefined) {
      this.faultAt(offset, path, "is an alias without an anchor");
      return null;
    }
    const value = this.readNode(target, path);
    this.remember(path, this.valueOffsets, offset);
    return value;
  }

  private readMap(pairs: readonly { key: unknown; value: unknown }[], path: KeyPath): Record<string, unknown> {
    // No prototype: a key named __proto__ is a key like any other, and then an unknown one.
    const map: Record<string, unknown> = Object.create(null);
    for (const pair of pairs) {
      const key = isScalar(pair.key) ? pair.key.value : undefined;
      const offset = offsetOf(pair.key);
      if (key === "<<") this.faultAt(offset, path, "merge keys (<<) are not supported; write the keys out");
      else if (typeof key !== "string") this.faultAt(offset, path, "has a key that is not a string; put it in quotes");
      else if (Object.hasOwn(map, key)) {
        this.faultAt(offset, [...path, key], "is a duplicate key; remove one of the two");
      } else {
        const inner = [...path, key];
        this.remember(inner, this.keyOffsets, offset);
        this.remember(inner, this.valueOffsets, offset);
        map[key] = this.readNode(pair.value, inner);
      }
    }
    return map;
  }

  private remember(path: KeyPath, offsets: Map<string, number>, offset: number): void {
    if (offset >= 0) offsets.set(JSON.stringify(path), offset);
  }
}

function offsetOf(node: unknown): number {
  if (isAlias(node) || isMap(node) || isSeq(node) || isScalar(node)) return node.range?.[0] ?? -1;
  return -1;
}
