import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import { printable } from "../printable.ts";

/** One object of the input, not checked yet. */
export interface PlacedObject {
  readonly object: Readonly<Record<string, unknown>>;
  /** Where it stands, for messages: `events.json:3` for a line, `events.json: item 3` for a member of a list. */
  readonly place: string;
}

const WANTED = "a List, an array, one Event, or one Event a line in JSON is right";

/**
 * The objects of a List, an array, a single object, or lines of JSON, in their order; `name` is what the input is called
 * in messages. Throws an `AgentError` (`bad_input`) that names the line where the JSON breaks, or the object that is of
 * another kind than Event, or says that there is none at all.
 */
export function parseEventObjects(text: string, name: string): PlacedObject[] {
  const values = text.trim() === "" ? [] : looksLikeLines(text) ? parseLines(text, name) : parseDocument(text, name);
  if (values.length === 0) throw badInput(`${name}: the input holds no events; ${WANTED}`);
  return values.map(({ value, place }) => ({ object: checkKind(value, place), place }));
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
  const items = Array.isArray(whole) ? whole : isRecord(whole) && Array.isArray(whole.items) ? whole.items : null;
  if (items === null) return [{ value: whole, place: name }];
  return items.map((value, index) => ({ value, place: `${name}: item ${index + 1}` }));
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
  throw badInput(`${place}: found ${what}, not an Event; kubectl get events -o json gives them`);
}

/** Messages hold pieces of the input: nothing of them steers a terminal. */
function badInput(message: string, cause?: unknown): AgentError {
  return new AgentError("bad_input", printable(message), cause === undefined ? undefined : { cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
