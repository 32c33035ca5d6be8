import { compileCatalogue } from "../../src/events/compile_rules.ts";
import type { Sighting } from "../../src/events/dedupe.ts";
import type { SightingTag } from "../../src/events/event_reporter.ts";
import { faultKey } from "../../src/events/fault_key.ts";
import { CLASSIFIED_EVENTS } from "../fixtures/classified_events.ts";
import { judgeWatchedEvent, watchedUid } from "../support/watched_event.ts";

const NO_TAG: SightingTag = {
  watchType: "ADDED",
  seenAtMs: 0,
  progress: { isCatchingUp: () => false },
  done: () => {},
};

/**
 * Hands out classified faults for ever, each an occurrence of its own. What normalises and classifies is worked out
 * once a shape, so that a run measures encoding and delivery. Sources that begin at numbers far apart never hand out the
 * same occurrence.
 */
export function createSightingSource(first = 0): () => Sighting<SightingTag> {
  const rules = compileCatalogue();
  const shapes = CLASSIFIED_EVENTS.flatMap((_, number) => judgeWatchedEvent(rules, number) ?? []);
  let next = first;
  return () => {
    const number = next++;
    const shape = shapes[number % shapes.length];
    if (shape === undefined) throw new Error("No event of the fixtures is a fault");
    const event = { ...shape.event, uid: watchedUid(number), resourceVersion: String(1_000_000 + number) };
    return { event, fault: shape.fault, key: faultKey(event, shape.fault), tag: NO_TAG };
  };
}
