import { createHash } from "node:crypto";

/**
 * The id of one occurrence: made from what names it, so that a restart, a relist and a second replica all make the same
 * one. 128 bits of SHA-256: a thousand clusters would need 10^16 events for a likely collision.
 */
export function occurrenceId(clusterId: string, uid: string, resourceVersion: string): string {
  return createHash("sha256").update(`${clusterId}\n${uid}\n${resourceVersion}`).digest("hex").slice(0, 32);
}
