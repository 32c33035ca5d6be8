import type { Buffer } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, lstat, open } from "node:fs/promises";
import { AgentError, errorCode } from "../lifecycle/errors.ts";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/**
 * Files of the agent's own are never opened through a symbolic link: whoever may write the folder could point one at any
 * file that the agent may read or write. Nor is a pipe waited for.
 */
const FLAGS = {
  read: O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
  /** It must be there. */
  change: O_RDWR | O_NOFOLLOW | O_NONBLOCK,
  /** It is made, for the agent's user alone, where there is none; it can be read too. */
  append: O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
} as const;

/** More than any file of the agent's state comes to: 20,000 nonces take 3 MB, a checkpoint is smaller. */
const STATE_LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Reads a file whole. Rejects with an `AgentError` for a symbolic link, for anything else that is not a regular file, and for
 * one of more than `limitBytes`; with the system's error for the rest (`ENOENT`).
 */
export async function readPlainFile(path: string, limitBytes = STATE_LIMIT_BYTES): Promise<Buffer> {
  const file = await openPlainFile(path, "read");
  try {
    const { size } = await file.stat();
    if (size > limitBytes) {
      throw refusal(path, `it has ${size} bytes, and none of the agent's own has more than ${limitBytes}`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Opens a file. Rejects as `readPlainFile`, whatever its size. */
export async function openPlainFile(path: string, use: keyof typeof FLAGS): Promise<FileHandle> {
  const file = await openNoFollow(path, use);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw refusal(path, "it is not a regular file");
}

/** Opens what may be a device too. Rejects with an `AgentError` for a symbolic link. */
export async function openNoFollow(path: string, use: keyof typeof FLAGS): Promise<FileHandle> {
  try {
    return await open(path, FLAGS[use], 0o600);
  } catch (error) {
    throw errorCode(error) === "ELOOP" && await isSymbolicLink(path) ? symbolicLink(path) : error;
  }
}

/** Rejects with an `AgentError` when something else than a plain file stands at `path`; nothing at all is fine. */
export async function refuseNoPlainFile(path: string): Promise<void> {
  const found = await lstat(path).catch((error) => {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  });
  if (found?.isSymbolicLink()) throw symbolicLink(path);
  if (found !== null && !found.isFile()) throw refusal(path, "it is not a regular file");
}

async function isSymbolicLink(path: string): Promise<boolean> {
  return await lstat(path).then((found) => found.isSymbolicLink(), () => false);
}

function symbolicLink(path: string): AgentError {
  return refusal(path, "it is a symbolic link, which anybody who can write to the folder can point anywhere");
}

function refusal(path: string, what: string): AgentError {
  return new AgentError("bad_configuration", `Cannot use ${path}: ${what}; remove it, or choose another path`);
}
