import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import { parseYamlDocuments } from "../../src/lifecycle/parse_yaml_documents.ts";
import { printable } from "../printable.ts";
import { splitJsonValues } from "./split_json_values.ts";

/** One object of the input, not checked yet. */
interface PlacedObject {
  readonly object: Readonly<Record<string, unknown>>;
  /** Where it stands, for messages: `events.json:3` for a line, `events.json: item 3` for a member of a list. */
  readonly place: string;
}

const WANTED =
  "a List, an array, Events one after the other, or one Event a line in JSON is right, or the same in YAML; " +
  "kubectl get events -A -o json gives them";

const OBJECTS_WANTED = "kubectl get pods,nodes,deployments -A -o json gives them";

/**
 * The objects of a List, an array, a single object, objects one after the other, lines of JSON, or YAML documents, in their
 * order; `name` is what the input is called in messages. Throws an `AgentError` (`bad_input`) that names the line where
 * the input breaks, or the object that is of another kind than Event, or says that there is none at all.
 */
export function parseEventObjects(text: string, name: string): PlacedObject[] {
  const values = parseValues(text, name);
  if (values.length === 0) throw badInput(`${name}: the input holds no events; ${WANTED}`);
  return values.map(({ value, place }) => ({ object: checkKind(value, place), place }));
}

/** The same of objects of any kind; each has one. */
export function parseObjects(text: string, name: string): PlacedObject[] {
  const values = parseValues(text, name);
  if (values.length === 0) throw badInput(`${name}: the input holds no objects; ${OBJECTS_WANTED}`);
  if (values.every(({ value }) => isRecord(value) && value.kind === "Event")) {
    throw badInput(`${name}: the input holds Events alone, which are classified without --objects; ${OBJECTS_WANTED}`);
  }
  return values.map(({ value, place }) => {
    if (isRecord(value) && typeof value.kind === "string") return { object: value, place };
    throw badInput(
      `${place}: found ${JSON.stringify(value)?.slice(0, 40)}, not an object with a kind; ${OBJECTS_WANTED}`,
    );
  });
}

/** The beginning of a YAML document that is a mapping or a list; JSON begins otherwise. */
const YAML_BEGINNING = /^(?:---|%YAML|#|- |-$|[A-Za-z][\w.-]*:(?:\s|$))/m;

function parseValues(text: string, name: string): PlacedValue[] {
  const beginning = text.trimStart();
  if (beginning === "") return [];
  if (!/^[{[]/.test(beginning) && YAML_BEGINNING.test(beginning.slice(0, beginning.search(/\n|$/)))) {
    return parseYamlValues(text, name);
  }
  const pieces = splitJsonValues(text);
  if (pieces !== null && pieces.length > 1 && pieces.every(({ text: piece }) => faultOf(piece) === "")) {
    return pieces.flatMap(({ text: piece, line }) => itemsOf(JSON.parse(piece), `${name}:${line}`));
  }
  return looksLikeLines(text) ? parseLines(text, name) : parseDocument(text, name);
}

function parseYamlValues(text: string, name: string): PlacedValue[] {
  const reading = parseYamlDocuments(text);
  if (reading.kind === "broken") throw badInput(`${name}:${reading.line}: ${reading.message}; ${WANTED}`);
  const { documents } = reading;
  return documents.flatMap(({ value, line }) => itemsOf(value, documents.length > 1 ? `${name}:${line}` : name));
}

/** The changes of a watch, as `kubectl get --watch --output-watch-events` prints them. */
const WATCH_TYPES: ReadonlySet<string> = new Set(["ADDED", "MODIFIED", "DELETED"]);

/** The members of a List or an array, or the value itself. A List of nothing has `items: null` in Go's words. */
function itemsOf(value: unknown, place: string): PlacedValue[] {
  if (isRecord(value) && isRecord(value.object) && WATCH_TYPES.has(String(value.type))) {
    return [{ value: value.object, place }];
  }
  const items = Array.isArray(value) ? value : isRecord(value) && "items" in value ? value.items ?? [] : null;
  if (!Array.isArray(items)) return [{ value, place }];
  return items.map((item: unknown, index) => ({ value: item, place: `${place}: item ${index + 1}` }));
}

interface PlacedValue {
  readonly value: unknown;
  readonly place: string;
}

/**
 * More than one line, and the first is JSON by itself, or each begins an object: what is spread over lines has a first
 * line that is not whole, and lines that begin otherwise.
 */
function looksLikeLines(text: string): boolean {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length < 2) return false;
  return lines.every((line) => line.startsWith("{")) || faultOf(lines[0] ?? "") === "";
}

function parseLines(text: string, name: string): PlacedValue[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    const place = `${name}:${index + 1}`;
    try {
      return [{ value: JSON.parse(line), place }];
    } catch (cause) {
      throw badInput(`${place}: ${describeFault(errorMessage(cause))}; ${WANTED}`, cause);
    }
  });
}

function parseDocument(text: string, name: string): PlacedValue[] {
  let whole: unknown;
  try {
    whole = JSON.parse(text);
  } catch (cause) {
    const message = errorMessage(cause);
    throw badInput(`${name}:${lineOfFault(text, message)}: ${describeFault(message)}; ${WANTED}`, cause);
  }
  return itemsOf(whole, name);
}

/**
 * What the parser says, without the place (it counts from where its own text begins) and without the quoted input:
 * `Unexpected token 'm'`.
 */
function describeFault(message: string): string {
  const short = message.replace(/(?:, (?:\.{3})?"| (?:in JSON )?at position \d).*$/s, "");
  return short.startsWith('"') ? "not valid JSON" : short;
}

/**
 * The line where the JSON breaks. V8 says the position in most messages; where it quotes the text around an unexpected
 * token instead, the first line is searched whose end makes that token part of the text.
 */
function lineOfFault(text: string, message: string): number {
  const position = / at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return text.slice(0, Number(position)).split("\n").length;
  const lines = text.trimEnd().split("\n");
  if (!UNEXPECTED_TOKEN.test(message)) return lines.length;
  let [low, high] = [1, lines.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (UNEXPECTED_TOKEN.test(faultOf(lines.slice(0, middle).join("\n")))) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The parser's words for a token that can't stand where it does. */
const UNEXPECTED_TOKEN = /^Unexpected token/;

function faultOf(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return errorMessage(error);
  }
}

/** Items of an EventList carry no kind; whatever names another one is no Event. */
function checkKind(value: unknown, place: string): Readonly<Record<string, unknown>> {
  const found = isRecord(value) ? value.kind ?? "Event" : null;
  if (isRecord(value) && found === "Event") return value;
  const what = typeof found === "string" ? `a ${found.slice(0, 40)}` : `${JSON.stringify(value)?.slice(0, 40)}`;
  throw badInput(
    `${place}: found ${what}, not an Event; kubectl get events -o json gives them, and --objects judges other objects`,
  );
}

/** Messages hold pieces of the input: nothing of them steers a terminal. */
function badInput(message: string, cause?: unknown): AgentError {
  return new AgentError("bad_input", printable(message), cause === undefined ? undefined : { cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
