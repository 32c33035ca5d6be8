import { MESSAGE_KINDS } from "../wire/message_kind.ts";
import type { OutboxReader } from "./outbox.ts";

/** More than any lane holds. */
const ALL = 1_000_000;

/**
 * Leaves what waits to the replica that leads next, results apart: nobody else has those. Resolves once nothing of it waits or
 * is on its way any more; what is on its way is settled by whoever sent it, or put back and then taken here.
 */
export async function handOver(outbox: OutboxReader): Promise<void> {
  const kinds = MESSAGE_KINDS.filter((kind) => kind !== "result");
  while (true) {
    for (const kind of kinds) {
      const entries = outbox.take(kind, ALL);
      if (entries.length > 0) outbox.settle(kind, entries, { kind: "handed_over" });
    }
    if (kinds.every((kind) => outbox.size(kind) === 0)) return;
    await outbox.changed();
  }
}
