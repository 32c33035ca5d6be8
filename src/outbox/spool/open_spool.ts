import { DiskSpool, type DiskSpoolOptions } from "./disk_spool.ts";
import type { Recovered, Spool, SpoolFault } from "./spool.ts";

interface OpenedSpool {
  readonly spool: Spool;
  readonly recovered: Recovered;
  /** Why nothing is stored for now; the spool tries the disk again by itself as messages come. */
  readonly fault: SpoolFault | null;
}

/**
 * Opens the spool in `options.dir` and reads what the last process left there. A disk that refuses is no failure: the
 * spool then answers `degraded` until it works. Rejects with an `AgentError` when another process uses the folder.
 */
export async function openSpool(options: DiskSpoolOptions): Promise<OpenedSpool> {
  const spool = new DiskSpool(options);
  const found = await spool.open();
  if ("records" in found) return { spool, recovered: found, fault: null };
  return { spool, recovered: { records: 0, damaged: 0, tornBytes: 0, setAside: 0 }, fault: found };
}
