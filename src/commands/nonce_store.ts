import type { FileHandle } from "node:fs/promises";
import { AgentError, errorCode, errorMessage } from "../lifecycle/errors.ts";
import { readPlainFile } from "../state/plain_file.ts";
import { replaceFile } from "../state/replace_file.ts";

/** What became of a nonce: new and remembered, known, or not remembered because there is no room or no disk. */
export type NonceOutcome =
  | { readonly kind: "remembered" }
  | { readonly kind: "replayed" }
  | { readonly kind: "unavailable"; readonly detail: string };

/** The nonces of signed commands, each until its signature expires. */
export interface NonceStore {
  /** Remembers `nonce`, on disk before this resolves, or says why a command that carries it must not run. Never rejects. */
  remember(nonce: string, expiresAtMs: number): Promise<NonceOutcome>;
  close(): Promise<void>;
}

interface NonceStoreOptions {
  /** The journal, in the state folder; `null` keeps nonces in memory only, so that a restart forgets them. */
  readonly path: string | null;
  readonly now: () => number;
  /** Nonces alive at a time. Only signers that are trusted can fill it: 5 minutes at 30 commands a second. */
  readonly limit?: number;
}

const LINE = /^(\d{1,16}) ([A-Za-z0-9_-]{22,128})$/;
const DEFAULT_LIMIT = 10_000;

/**
 * Opens the store. The file is a journal of `<expiry> <nonce>` lines: each nonce is appended and synced before its command
 * may run, and the whole is written anew (beside, synced, renamed) when most of it has expired.
 *
 * Where a nonce can't be written the command is refused, not run on memory alone: a replay after a crash would be believed.
 * Throws an `AgentError` when the file can't be read or made.
 */
export async function openNonceStore(options: NonceStoreOptions): Promise<NonceStore> {
  const { path, now } = options;
  const limit = options.limit ?? DEFAULT_LIMIT;
  const alive = path === null ? new Map<string, number>() : await readJournal(path, now());
  let journal = path === null ? null : await rewriteJournal(path, alive);
  let lines = alive.size;
  let turn: Promise<unknown> = Promise.resolve();

  const forgetExpired = (): void => {
    const nowMs = now();
    for (const [nonce, expiresAtMs] of alive) if (expiresAtMs <= nowMs) alive.delete(nonce);
  };
  const write = async (nonce: string, expiresAtMs: number): Promise<void> => {
    if (path === null) return;
    if (journal === null || lines > 2 * limit) {
      forgetExpired();
      await journal?.close();
      journal = null;
      journal = await rewriteJournal(path, alive);
      lines = alive.size;
    }
    await journal.appendFile(`${expiresAtMs} ${nonce}\n`);
    await journal.datasync();
    lines++;
  };
  const remember = async (nonce: string, expiresAtMs: number): Promise<NonceOutcome> => {
    const known = alive.get(nonce);
    if (known !== undefined && known > now()) return { kind: "replayed" };
    if (alive.size >= limit) forgetExpired();
    if (alive.size >= limit) return { kind: "unavailable", detail: `${limit} signed commands within 5 minutes` };
    try {
      await write(nonce, expiresAtMs);
    } catch (error) {
      // The journal may end in half a line now: the next write begins it anew.
      await journal?.close().catch(() => {});
      journal = null;
      return { kind: "unavailable", detail: `cannot write ${path}: ${errorMessage(error)}` };
    }
    alive.set(nonce, expiresAtMs);
    return { kind: "remembered" };
  };
  return {
    remember(nonce, expiresAtMs) {
      const outcome = turn.then(() => remember(nonce, expiresAtMs));
      turn = outcome;
      return outcome;
    },
    async close() {
      await turn;
      await journal?.close();
      journal = null;
    },
  };
}

/** The nonces that have not expired. A line that a crash left in half belongs to a command that did not run. */
async function readJournal(path: string, nowMs: number): Promise<Map<string, number>> {
  const alive = new Map<string, number>();
  let text: string;
  try {
    text = (await readPlainFile(path)).toString("utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return alive;
    throw unusable(path, error);
  }
  for (const line of text.split("\n")) {
    const [, expires, nonce] = LINE.exec(line) ?? [];
    if (nonce !== undefined && Number(expires) > nowMs) alive.set(nonce, Number(expires));
  }
  return alive;
}

/** Puts a journal of exactly these nonces in the place of the old one, and leaves it open for appending. */
async function rewriteJournal(path: string, alive: ReadonlyMap<string, number>): Promise<FileHandle> {
  try {
    return await replaceFile(path, [...alive].map(([nonce, expiresAtMs]) => `${expiresAtMs} ${nonce}\n`).join(""));
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, cause: unknown): AgentError {
  return new AgentError(
    "bad_configuration",
    `Cannot keep the nonces of signed commands in ${path}: ${
      errorMessage(cause)
    }; give the agent a state folder that it may write`,
    { cause },
  );
}
