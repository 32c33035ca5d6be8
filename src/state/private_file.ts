import { type FileHandle, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { AgentError } from "../lifecycle/errors.ts";
import { openNoFollow } from "./plain_file.ts";

/** Any user may write here. */
const OTHERS_MAY_WRITE = 0o002;
/** Whoever may write in such a folder may still not rename or remove what belongs to somebody else: /tmp. */
const STICKY = 0o1000;

/**
 * Opens a file that only the agent writes, for reading and appending, and makes it when it is not there. Refused, with an
 * `AgentError`, is what somebody else could have put there or could change under the agent: a symbolic link, a file of
 * another user, a folder in which every user may write. Other failures are the system's own errors.
 */
export async function openPrivateFile(path: string): Promise<FileHandle> {
  await checkPrivateFolder(dirname(path));
  const file = await openNoFollow(path, "append");
  const { uid } = await file.stat();
  const own = process.getuid?.() ?? uid;
  if (uid === own || uid === 0) return file;
  await file.close();
  throw refusal(path, `it belongs to user ${uid}, and the agent runs as ${own}; name a file of the agent's own`);
}

/**
 * Rejects with an `AgentError` where every user may write in `folder`, and so put a file of their own in the place of the
 * agent's. A folder that is the root of a mounted volume passes: Kubernetes makes an emptyDir with mode 0777, and only
 * who is in the pod reaches it.
 */
export async function checkPrivateFolder(folder: string): Promise<void> {
  const { dev, mode } = await stat(folder);
  if ((mode & OTHERS_MAY_WRITE) === 0 || (mode & STICKY) !== 0) return;
  const above = await stat(resolve(folder, ".."));
  if (above.dev !== dev) return;
  throw refusal(
    folder,
    `every user may write there; take that right away (chmod o-w ${folder}), or name another folder`,
  );
}

function refusal(path: string, what: string): AgentError {
  return new AgentError("bad_configuration", `Cannot use ${path}: ${what}`);
}
