import { hash } from "node:crypto";
import { type FileHandle, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AgentError, errorCode, errorMessage } from "../../lifecycle/errors.ts";
import { openPrivateFile } from "../../state/private_file.ts";
import { syncFolder } from "../../state/sync_folder.ts";
import { CHAIN_START, type ChainHead, LINE_LIMIT_BYTES, readAuditLine, sealAuditLine } from "./audit_line.ts";

interface AuditFileOptions {
  readonly path: string;
  /** Before the file gets larger, it is set aside and a new one goes on with the chain. */
  readonly maxBytes: number;
  /** How many files there are at most, the one that is written included: 2 or more. */
  readonly files: number;
  readonly now: () => number;
}

/** The file at the end of a chain, open for writing. Calls must not overlap. */
export interface AuditFile {
  readonly head: ChainHead;
  /**
   * Appends sealed lines that end at `head`, and syncs. Rejects with the system's error; the file then still ends where it
   * ended before.
   */
  append(lines: string, head: ChainHead): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the file and goes on with its chain; a new file goes on with the chain of the one that was set aside last. Half a
 * line at the end, left by a crash, is moved into a file beside it, and a line of the chain says so. Throws an `AgentError`
 * when the file can't be opened or is not safe to write, or when its last whole line is not one of ours: writing on would
 * hide that somebody changed it.
 */
export async function openAuditFile(options: AuditFileOptions): Promise<AuditFile> {
  const { files, maxBytes, path } = options;
  let handle = await openOrExplain(path);
  let head: ChainHead;
  let size: number;
  let isRotated: boolean;
  try {
    ({ head, size } = await continueChain(handle, options));
    isRotated = (await handle.stat()).isFile();
  } catch (error) {
    await handle.close();
    throw error;
  }

  /** Sets the file aside and begins the next one. After a failure the same file is written on. */
  async function rotate(): Promise<void> {
    const places = [path, ...predecessors(path, files)];
    for (let at = places.length - 2; at >= 0; at--) await renameIfThere(places[at] ?? path, places[at + 1] ?? path);
    let next: FileHandle;
    try {
      next = await openPrivateFile(path);
    } catch (error) {
      await renameIfThere(`${path}.1`, path);
      throw error;
    }
    await handle.close();
    handle = next;
    size = 0;
    await removeBeyond(path, files);
    await syncFolder(dirname(path));
  }

  return {
    get head() {
      return head;
    },
    async append(lines, next) {
      if (isRotated && size > 0 && size + lines.length > maxBytes) await rotate();
      try {
        await handle.appendFile(lines);
        await handle.datasync();
      } catch (error) {
        // A part may have been written: without it the file still ends in a whole line, and the chain goes on from there.
        await handle.truncate(size).catch(() => {});
        throw error;
      }
      size += lines.length; // ASCII only
      head = next;
    },
    close: () => handle.close(),
  };
}

/** The places of the files that were set aside, the latest first. */
function predecessors(path: string, files: number): readonly string[] {
  return Array.from({ length: files - 1 }, (_, at) => `${path}.${at + 1}`);
}

/** The files beside `path` that were set aside, the oldest first. */
export async function auditFilesBefore(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const numbers = (await readdir(dirname(path))).flatMap((entry) => {
    if (!entry.startsWith(`${name}.`)) return [];
    const number = entry.slice(name.length + 1);
    return /^[1-9]\d{0,3}$/.test(number) ? [Number(number)] : [];
  });
  return numbers.sort((a, b) => b - a).map((number) => join(dirname(path), `${name}.${number}`));
}

/** A smaller `files` than before leaves no file behind that nobody would remove. */
async function removeBeyond(path: string, files: number): Promise<void> {
  const kept = new Set(predecessors(path, files));
  for (const old of await auditFilesBefore(path)) if (!kept.has(old)) await rm(old, { force: true });
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function openOrExplain(path: string): Promise<FileHandle> {
  try {
    return await openPrivateFile(path);
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError(
      "bad_configuration",
      `Cannot open the audit log ${path}: ${errorMessage(error)}; name a file that the agent may write`,
      { cause: error },
    );
  }
}

interface ChainEnd {
  readonly head: ChainHead;
  readonly size: number;
}

async function continueChain(handle: FileHandle, { path, now }: AuditFileOptions): Promise<ChainEnd> {
  const { tail, bytes } = await readTail(handle);
  const end = tail.lastIndexOf(0x0a) + 1;
  const head = lastHead(tail.subarray(0, end), path) ?? await headBefore(path);
  if (end === tail.length) return { head, size: bytes };

  const torn = tail.subarray(end);
  const aside = `${path}.torn-${new Date(now()).toISOString().replace(/[:.]/g, "-")}`;
  await writeFile(aside, torn, { mode: 0o600, flag: "wx" });
  const size = bytes - torn.length;
  await handle.truncate(size);
  const marker = sealAuditLine({
    time: new Date(now()).toISOString(),
    event: "torn_line",
    bytes: torn.length,
    sha256: hash("sha256", torn, "hex"),
    moved_to: aside,
  }, head);
  await handle.appendFile(`${marker.line}\n`);
  await handle.datasync();
  return { head: marker.head, size: size + marker.line.length + 1 };
}

async function readTail(handle: FileHandle): Promise<{ readonly tail: Uint8Array; readonly bytes: number }> {
  const { size: bytes } = await handle.stat();
  const tail = new Uint8Array(Math.min(bytes, 2 * LINE_LIMIT_BYTES));
  await handle.read(tail, 0, tail.length, bytes - tail.length);
  return { tail, bytes };
}

/** Where the chain stands when its newest file is empty: at the end of the one before. */
async function headBefore(path: string): Promise<ChainHead> {
  const before = (await auditFilesBefore(path)).at(-1);
  if (before === undefined) return { seq: 0, hash: CHAIN_START };
  const handle = await openOrExplain(before);
  try {
    const { tail } = await readTail(handle);
    return lastHead(tail.subarray(0, tail.lastIndexOf(0x0a) + 1), before) ?? { seq: 0, hash: CHAIN_START };
  } finally {
    await handle.close();
  }
}

function lastHead(wholeLines: Uint8Array, path: string): ChainHead | null {
  if (wholeLines.length === 0) return null;
  const text = new TextDecoder().decode(wholeLines.subarray(0, -1));
  const read = readAuditLine(text.slice(text.lastIndexOf("\n") + 1));
  if (read !== null) return { seq: read.seq, hash: read.hash };
  throw new AgentError(
    "bad_configuration",
    `Cannot go on with the audit log ${path}: its last line is not as the agent wrote it; look at it with ` +
      `"agent audit verify ${path}", then move it away`,
  );
}
