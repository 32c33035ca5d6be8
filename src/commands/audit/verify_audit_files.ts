import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { auditFilesBefore } from "./audit_file.ts";
import { type AuditAnchor, type AuditVerdict, verifyAudit } from "./verify_audit.ts";

/** What the files of one log prove. */
export interface AuditFilesVerdict {
  /** Oldest first; the verdict counts files in this order. */
  readonly files: readonly string[];
  readonly verdict: AuditVerdict;
}

const FIRST_LINE = /^\{"audit":"v1","seq":1,/;

/**
 * Verifies the log at `path` with the files that were set aside before it (`path.2`, `path.1`), oldest first. The oldest
 * may begin anywhere in the chain, since those before it are removed by and by. With `anchor.after` only the named file is
 * looked at, and so is one that begins a chain. Rejects with the system's error when a file can't be read.
 */
export async function verifyAuditFiles(path: string, anchor: AuditAnchor): Promise<AuditFilesVerdict> {
  const isAlone = anchor.after !== undefined || FIRST_LINE.test(await readBeginning(path));
  const files = isAlone ? [path] : [...await auditFilesBefore(path), path];
  return { files, verdict: await verifyAudit(streamsOf(files), { mayBeginLate: !isAlone, ...anchor }) };
}

function* streamsOf(files: readonly string[]) {
  for (const file of files) yield createReadStream(file);
}

async function readBeginning(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const bytes = new Uint8Array(64);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return new TextDecoder().decode(bytes.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
