import { Buffer } from "node:buffer";

/** Takes a list's JSON in pieces; see {@link createListSplitter}. */
interface ListSplitter {
  push(chunk: Uint8Array): void;
  /** The list without its items, as JSON text, once everything has been pushed. */
  envelope(): string;
  /** Bytes that are held: the envelope's and those of an item that is not complete. */
  heldBytes(): number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** A string that is longer is searched for its end, where a shorter one is read byte by byte: a search costs as much. */
const LONG_STRING = 48;

/** Depth of what stands in the list itself, and of what stands between its items. */
const IN_LIST = 1;
const BETWEEN_ITEMS = 2;

/**
 * Splits the JSON of a Kubernetes list, as it streams in, into its items and the rest: each object in the outermost
 * `items` goes to `onItem`, as soon as its last byte is there, and is good during that call. A page of pods is megabytes; parsed item by item,
 * never more than one item of it is in memory. Whether item and envelope are good JSON is for the parser to say.
 */
export function createListSplitter(onItem: (json: Uint8Array) => void): ListSplitter {
  const envelope: Uint8Array[] = [];
  let unfinished: Uint8Array[] = []; // the beginning of an item that goes on in the next chunk
  let held = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let inItems = false;
  let key = ""; // the last string at the list's own depth: before a bracket, the name of what is in it

  function keep(into: Uint8Array[], bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    into.push(bytes.slice()); // a view would hold on to the whole chunk
    held += bytes.length;
  }

  function forgetUnfinished(): void {
    for (const { length } of unfinished) held -= length;
    unfinished = [];
  }

  function finishItem(rest: Uint8Array): void {
    if (unfinished.length === 0) return onItem(rest);
    const item = Buffer.concat([...unfinished, rest]);
    forgetUnfinished();
    onItem(item);
  }

  return {
    push(chunk) {
      let start = 0; // of the item, or of the piece of the envelope, that is being read
      let keyStart = 0;
      let searched = LONG_STRING; // up to here the next quote is known, or not worth a search
      const startItem = (at: number) => {
        start = at;
        if (unfinished.length > 0) forgetUnfinished(); // white space, or something that is no object
      };
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at];
        if (inString) {
          if (escaped) escaped = false;
          else if (at > searched) {
            const quote = chunk.indexOf(QUOTE, at);
            searched = quote === -1 ? chunk.length : quote;
            // Back to before the backslashes that may escape it: whatever the byte there is, none of them is escaped by it.
            let plain = searched;
            while (plain > at && chunk[plain - 1] === BACKSLASH) plain--;
            at = Math.max(at, plain) - 1;
          } else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) {
            inString = false;
            if (depth === IN_LIST) key += textOf(chunk.subarray(keyStart, at));
          }
          continue;
        }
        switch (byte) {
          case QUOTE:
            inString = true;
            keyStart = at + 1;
            searched = at + LONG_STRING;
            if (depth === IN_LIST) key = "";
            break;
          case OPEN_BRACKET:
            if (depth++ === IN_LIST && key === "items") {
              inItems = true;
              keep(envelope, chunk.subarray(start, at + 1));
              start = at + 1;
            }
            break;
          case OPEN_BRACE:
            depth++;
            break;
          case COMMA:
            if (inItems && depth === BETWEEN_ITEMS) startItem(at + 1);
            break;
          case CLOSE_BRACE:
            if (--depth === BETWEEN_ITEMS && inItems) {
              finishItem(chunk.subarray(start, at + 1));
              start = at + 1;
            }
            break;
          case CLOSE_BRACKET:
            if (--depth === IN_LIST && inItems) {
              inItems = false;
              startItem(at);
            }
        }
      }
      if (inString && depth === IN_LIST) key += textOf(chunk.subarray(keyStart));
      keep(inItems ? unfinished : envelope, chunk.subarray(start));
    },
    envelope: () => textOf(Buffer.concat(envelope)),
    heldBytes: () => held,
  };
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("utf8");
}
