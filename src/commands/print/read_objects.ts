import { Buffer } from "node:buffer";
import { createListSplitter } from "../../kube/list_splitter.ts";
import type { JsonValue } from "../../redaction/redact_value.ts";
import { PrintFailure } from "./print_failure.ts";

/** An object larger than what etcd takes, several times over; more is no object. */
const OBJECT_LIMIT_BYTES = 16 * 1024 * 1024;

/** Reads what `kubectl -o json` writes: one object, or a list of them. */
interface ObjectReader {
  /** Throws a `PrintFailure` for what is no JSON. Each item of a list goes to `onItem` as soon as it is there. */
  push(chunk: Uint8Array): void;
  /** The object, or the list with no items in it; `null` when nothing came at all. */
  finish(): JsonValue;
}

/** Makes a reader. Never more than one item of a list is in memory. */
export function createObjectReader(onItem: (item: JsonValue) => void): ObjectReader {
  let empty = true;
  const splitter = createListSplitter((json) =>
    onItem(parseJson(Buffer.from(json.buffer, json.byteOffset, json.length).toString("utf8")))
  );
  return {
    push(chunk) {
      empty &&= chunk.length === 0;
      splitter.push(chunk);
      if (splitter.heldBytes() > OBJECT_LIMIT_BYTES) throw new PrintFailure("one object is too large to print");
    },
    finish: () => empty ? null : parseJson(splitter.envelope()),
  };
}

function parseJson(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    throw new PrintFailure("what kubectl answered is no whole JSON");
  }
}
