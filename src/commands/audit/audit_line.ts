import { hash } from "node:crypto";

/** What the first line of a chain names as the one before it. */
export const CHAIN_START = "0".repeat(64);
/** No line that is read may be longer. Those that are written are far shorter: every text in them is cut. */
export const LINE_LIMIT_BYTES = 32 * 1024;
/** What a text may take in a line after escaping, so that a line of any sender's making stays below 4 kB. */
const TEXT_LIMIT_BYTES = 512;

/** The end of a chain: the last line's number and hash. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** What a line says besides its place in the chain. */
export type AuditFields = Readonly<Record<string, string | number | boolean | null | Readonly<Record<string, number>>>>;

/**
 * Writes one line, newline not included: `{"audit":"v1","seq":…,…,"prev":"…","hash":"…"}`. The hash is SHA-256 over the
 * line's own bytes up to `,"hash"`, so that a reader needs no canonical form of JSON; `prev` ties it to the line before.
 * Everything but printable ASCII is escaped: what a sender writes can neither end a line nor steer a terminal.
 */
export function sealAuditLine(
  fields: AuditFields,
  head: ChainHead,
): { readonly line: string; readonly head: ChainHead } {
  const seq = head.seq + 1;
  const record = { audit: "v1", seq, ...fields, prev: head.hash };
  const open = toAscii(JSON.stringify(record, (_, value) => typeof value === "string" ? cutText(value) : value)).slice(
    0,
    -1,
  );
  const digest = hash("sha256", open, "hex");
  return { line: `${open},"hash":"${digest}"}`, head: { seq, hash: digest } };
}

/** What is wrong with a line, or the chain's end after it. */
type LineCheck =
  | { readonly kind: "fits"; readonly head: ChainHead }
  | { readonly kind: "wrong"; readonly problem: string };

const LINE = /^(\{"audit":"v1","seq":(\d{1,15}),.*,"prev":"([0-9a-f]{64})"),"hash":"([0-9a-f]{64})"\}$/s;

/** Reads a line by itself: is its hash that of its bytes? */
export function readAuditLine(
  line: string,
): { readonly seq: number; readonly prev: string; readonly hash: string } | null {
  const [, open, seq, prev, digest] = LINE.exec(line) ?? [];
  if (open === undefined || seq === undefined || prev === undefined || digest === undefined) return null;
  return hash("sha256", open, "hex") === digest ? { seq: Number(seq), prev, hash: digest } : null;
}

/** Checks that `line` follows on `head`. */
export function checkAuditLine(line: string, head: ChainHead): LineCheck {
  if (!LINE.test(line)) return wrong("it is no line of an audit log");
  const read = readAuditLine(line);
  if (read === null) return wrong("its hash does not fit what it says: it was changed");
  if (read.prev !== head.hash || read.seq !== head.seq + 1) {
    const before = head.seq === 0 ? "the beginning of the chain" : `line ${head.seq} of the chain`;
    return wrong(
      `it is line ${read.seq} of its chain and does not follow on ${before}: lines were removed, put in or moved`,
    );
  }
  return { kind: "fits", head: { seq: read.seq, hash: read.hash } };
}

function wrong(problem: string): LineCheck {
  return { kind: "wrong", problem };
}

function cutText(text: string): string {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    bytes += unit >= 0x20 && unit < 0x7f ? 1 : ESCAPED_BYTES;
    if (bytes > TEXT_LIMIT_BYTES) return `${text.slice(0, at)}... (${text.length} characters)`;
  }
  return text;
}

/** `\\u001b`: the longest form of one UTF-16 unit. Quotes and backslashes count as one byte though they take two. */
const ESCAPED_BYTES = 6;

function toAscii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
