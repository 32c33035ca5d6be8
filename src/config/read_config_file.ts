import { Buffer } from "node:buffer";
import { open } from "node:fs/promises";
import { AgentError, errorCode, errorMessage } from "../lifecycle/errors.ts";

/**
 * The most bytes a configuration may have: four times what 2,000 rules take. The YAML package needs up to five seconds
 * for a hostile file of this size, and more than twice that for twice the size.
 */
export const LIMIT_CONFIG_BYTES = 512 * 1024;

export type FileContent =
  | { readonly kind: "ok"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "unreadable"; readonly line: number; readonly column: number; readonly message: string };

/** Reads a configuration file, never more than the limit: a device or a pipe without an end does no harm. */
export async function readConfigFile(path: string): Promise<FileContent> {
  try {
    const file = await open(path, "r");
    try {
      return decodeConfigBytes(await readBounded(file.createReadStream({ autoClose: false })));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { kind: "missing" };
    if (errorCode(error) === "EISDIR") return unreadable("is a folder; name the file in it");
    if (["EACCES", "EPERM"].includes(errorCode(error) ?? "")) return unreadable("may not be read by this user");
    return unreadable(`can not be read: ${errorMessage(error)}`);
  }
}

/** Reads standard input in place of a file, within the same limit. */
export async function readConfigStream(stream: AsyncIterable<Uint8Array | string>): Promise<FileContent> {
  return decodeConfigBytes(await readBounded(stream));
}

/** Decodes a file's bytes, which must be UTF-8; a byte order mark is dropped. */
export function decodeConfigBytes(bytes: Uint8Array): FileContent {
  if (bytes.length > LIMIT_CONFIG_BYTES) {
    return unreadable(`is larger than ${LIMIT_CONFIG_BYTES / 1024} KiB, the most a configuration may have`);
  }
  try {
    return { kind: "ok", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (!(error instanceof TypeError)) {
      throw new AgentError("failed", "Cannot decode the configuration", { cause: error });
    }
    return { ...locateBadByte(bytes), kind: "unreadable", message: "is not UTF-8 text from here on" };
  }
}

async function readBounded(stream: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    chunks.push(bytes);
    length += bytes.length;
    if (length > LIMIT_CONFIG_BYTES) break;
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The place of the first byte that is not UTF-8: what a forgiving decoder replaces, though the text had no such sign. */
function locateBadByte(bytes: Uint8Array): { line: number; column: number } {
  let good = 0;
  for (let bad = bytes.length; good + 1 < bad;) {
    const middle = (good + bad) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  const before = new TextDecoder().decode(bytes.subarray(0, good));
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: before.length - lastBreak };
}

/** Whether `bytes` are UTF-8 so far; a character cut at the end counts as good. */
function isUtf8Prefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function unreadable(message: string): FileContent {
  return { kind: "unreadable", line: 1, column: 1, message };
}
