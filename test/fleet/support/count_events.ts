import { readHistory } from "../../../src/bus/read_history.ts";
import { createSubjectReader } from "../../../src/wire/read_subject.ts";
import type { FleetRig } from "./fleet_rig.ts";

const LAYOUT = { prefix: "agent", template: "{prefix}.{kind}.{cluster_id}" };

/** What the stream holds of the faults that were reported from `sinceMs` on. */
export async function countEvents(
  { observer }: FleetRig,
  sinceMs: number,
): Promise<{ readonly distinct: number; readonly copies: number }> {
  const ids = new Set<string>();
  let messages = 0;
  const events = readHistory(
    observer,
    { stream: "AGENT_EVENTS", subjects: ["agent.event.*", "agent.events.*"], sinceMs, untilMs: Infinity },
    createSubjectReader(["event", "events"], LAYOUT),
    () => {},
    new AbortController().signal,
  );
  for await (const event of events) {
    if (event.type !== "k8s_event") continue; // agents speak of themselves too
    ids.add(event.id);
    messages++;
  }
  return { distinct: ids.size, copies: messages - ids.size };
}
