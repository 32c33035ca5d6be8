import { randomUUID } from "node:crypto";
import { link, lstat, lutimes, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import * as z from "zod/mini";
import type { Clock } from "../lifecycle/clock.ts";
import { AgentError, errorCode } from "../lifecycle/errors.ts";
import { readPlainFile } from "./plain_file.ts";

/** How often an owner touches its lock. */
export const LOCK_TOUCH_MS = 1_000;
/** An owner that let this much pass without a touch is dead: four touches missed. */
const LOCK_SILENCE_MS = 4_500;
const LOCK_LOOK_MS = 250;
const LOCK_LIMIT_BYTES = 4_096;

const ownerSchema = z.object({ pid: z.int(), host: z.string(), token: z.string(), since: z.string() });
type Owner = z.infer<typeof ownerSchema>;

interface FolderLockOptions {
  readonly dir: string;
  /** The lock's name in the folder. */
  readonly file: string;
  /** What the folder is, for the error: "the spool". */
  readonly what: string;
  /** The configuration's key that names the folder. */
  readonly setting: string;
  readonly clock: Clock;
}

/** A folder that is ours until `release`. */
export interface FolderLock {
  /** Says that the owner lives; false when another process has taken the folder over. */
  touch(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Takes the folder for this process. A lock left by a process that was killed is taken over: at once when its owner is
 * known to be dead, else after watching for `LOCK_SILENCE_MS` that nobody touches it (its owner may live in another
 * container or on another machine, where a process id says nothing; release builds may not ask for other processes
 * either). Rejects with an `AgentError` when the owner lives, and with the system's error when the disk refuses.
 */
export async function takeFolderLock(options: FolderLockOptions, signal: AbortSignal): Promise<FolderLock> {
  const { clock } = options;
  const path = join(options.dir, options.file);
  const owner: Owner = {
    pid: process.pid,
    host: hostName(),
    token: randomUUID(),
    since: new Date(clock.now()).toISOString(),
  };
  while (!await createLock(path, owner)) {
    const found = await readLock(path);
    if (found === null) continue;
    if (!await isAbandoned(path, found, clock, signal)) throw lockedError(options, parseOwner(found));
    await removeAbandoned(path, found, owner.token);
  }
  heldTokens.add(owner.token);
  return {
    touch: () => touchLock(path, owner.token, clock),
    release: async () => {
      heldTokens.delete(owner.token);
      if (await ownerToken(path) === owner.token) await rm(path, { force: true });
    },
  };
}

/** True when the lock file is now ours, false when there is one already. */
async function createLock(path: string, owner: Owner): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(owner) + "\n", { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    // A full disk takes the name and then not the content: an empty lock would keep us out ourselves.
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function isAbandoned(path: string, found: string, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const state = ownerState(parseOwner(found));
  if (state !== "unknown") return state === "dead";
  const firstTouchMs = await touchedAtMs(path);
  const startMs = clock.monotonic();
  while (clock.monotonic() - startMs < LOCK_SILENCE_MS) {
    await clock.sleep(LOCK_LOOK_MS, signal);
    if (await touchedAtMs(path) !== firstTouchMs) return false;
  }
  return true;
}

/** Tokens of the locks that this very process holds: a second one on the same folder is refused too. */
const heldTokens = new Set<string>();

/**
 * What can be known of an owner without watching it. Our own process id on our own host and not our lock: that was the
 * container before this one. A living process id proves nothing, ids are used again.
 */
function ownerState(owner: Owner | null): "alive" | "dead" | "unknown" {
  if (owner === null) return "unknown";
  if (heldTokens.has(owner.token)) return "alive";
  if (owner.host === "" || owner.host !== hostName()) return "unknown";
  if (owner.pid === process.pid) return "dead";
  try {
    process.kill(owner.pid, 0);
    return "unknown";
  } catch (error) {
    return errorCode(error) === "ESRCH" ? "dead" : "unknown";
  }
}

/** Moves the lock away and looks again: if another process was faster, what was moved is its lock, and it goes back. */
async function removeAbandoned(path: string, judged: string, token: string): Promise<void> {
  const aside = `${path}.${token}.abandoned`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  if (await readLock(aside) !== judged) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function touchLock(path: string, token: string, clock: Clock): Promise<boolean> {
  if (await ownerToken(path) !== token) return false;
  const now = new Date(clock.now());
  await lutimes(path, now, now).catch(() => undefined);
  return true;
}

async function touchedAtMs(path: string): Promise<number> {
  return await lstat(path).then((found) => found.mtimeMs, () => -1);
}

/** What stands in the lock; `null` where there is none. */
async function readLock(path: string): Promise<string | null> {
  try {
    return (await readPlainFile(path, LOCK_LIMIT_BYTES)).toString("utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

async function ownerToken(path: string): Promise<string | null> {
  return parseOwner(await readLock(path).catch(() => null) ?? "")?.token ?? null;
}

function parseOwner(text: string): Owner | null {
  try {
    const parsed = ownerSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** A release build without the permission to ask has no name, and then nothing is known from names. */
function hostName(): string {
  try {
    return hostname();
  } catch {
    return "";
  }
}

function lockedError({ dir, what, setting }: FolderLockOptions, owner: Owner | null): AgentError {
  const who = owner === null ? "another process" : `process ${owner.pid} on ${owner.host}, since ${owner.since},`;
  return new AgentError(
    "bad_configuration",
    `Cannot open ${what} ${dir}: ${who} uses it; stop that process, or give each agent a folder of its own (${setting})`,
  );
}
