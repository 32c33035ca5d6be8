import { errorCode, errorMessage } from "../../lifecycle/errors.ts";
import type { SpoolFault } from "./spool.ts";

/** What each of the system's answers means for the spool, and what mends it. */
const REMEDIES: Readonly<Record<string, { state: string; remedy: string }>> = {
  ENOSPC: { state: "the disk is full", remedy: "free space, or lower outbox.spool_max_bytes" },
  EDQUOT: { state: "the disk quota is used up", remedy: "raise the quota, or lower outbox.spool_max_bytes" },
  EFBIG: {
    state: "the file size limit is reached",
    remedy: "raise the limit (ulimit -f), or lower outbox.spool_max_bytes",
  },
  EROFS: {
    state: "the file system is read-only",
    remedy: "mount the volume writable, or point outbox.spool_dir elsewhere",
  },
  EACCES: {
    state: "permission is denied",
    remedy: "make the folder the agent's own (fsGroup in the pod's securityContext)",
  },
  EPERM: {
    state: "the operation is not permitted",
    remedy: "make the folder the agent's own (fsGroup in the pod's securityContext)",
  },
  ENOTDIR: { state: "a part of the path is not a folder", remedy: "point outbox.spool_dir at a folder" },
  EEXIST: { state: "there is a file in the place of the folder", remedy: "point outbox.spool_dir at a folder" },
  ENOENT: { state: "the folder is gone", remedy: "nothing to do if it comes back; else check the volume" },
  EIO: { state: "the disk reports an input or output error", remedy: "check the volume and the node's kernel log" },
  EMFILE: { state: "too many files are open", remedy: "raise the limit (ulimit -n)" },
  ENFILE: { state: "the system has too many files open", remedy: "close files on the node" },
  ELOCKLOST: { state: "another process has taken the folder over", remedy: "give each agent a folder of its own" },
};

/** Puts what the disk answered into words: which action failed, why, and what to do. */
export function describeFault(action: string, error: unknown): SpoolFault {
  const code = errorCode(error) ?? "UNKNOWN";
  const known = REMEDIES[code];
  const detail = known === undefined
    ? `${errorMessage(error)}; check the volume`
    : `${known.state} (${code}); ${known.remedy}`;
  return { code, message: `Cannot ${action}: ${detail}` };
}
