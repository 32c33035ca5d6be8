import type { Event } from "../src/wire/event.ts";
import { objectOf } from "./event_line.ts";

/** What is printed in place of events that were held back. */
export type FoldedLine =
  /** One that came again: the newest of them. */
  | { readonly kind: "event"; readonly event: Event }
  /** The same again and again. */
  | { readonly kind: "repeats"; readonly event: Event; readonly count: number; readonly perSecond: number }
  /** Events of one reason about many objects; `event` is the newest. */
  | {
    readonly kind: "flood";
    readonly event: Event;
    readonly count: number;
    readonly objects: number;
    readonly perSecond: number;
  }
  /** What even that leaves over. */
  | { readonly kind: "rest"; readonly count: number; readonly reasons: number; readonly perSecond: number };

interface EventFolder {
  /** Whether the event is printed now; otherwise it is held back and told with the next `flush`. */
  take(event: Event, nowMs: number): boolean;
  /** To be called about once a second: what was held back, in as few lines as a person reads. */
  flush(nowMs: number): readonly FoldedLine[];
}

/** Lines a second that a person can still follow. */
const LINES_PER_SECOND = 20;
/** The same event within this time is counted rather than printed. */
const REPEAT_MS = 2_000;
/** One that has not come again for so long is printed like a new one. */
const FORGET_MS = 10_000;
const OBJECTS_LIMIT = 10_000;

interface Repeat {
  event: Event;
  count: number;
  sinceMs: number;
}
interface Flood {
  event: Event;
  count: number;
  readonly objects: Set<string>;
}

/**
 * Keeps a stream of events readable: equal ones become one line with their rate, and where more come than anybody reads,
 * those of one cluster, namespace and reason do. Nothing is left uncounted; what it holds is bounded.
 */
export function createEventFolder(linesPerSecond = LINES_PER_SECOND): EventFolder {
  const repeats = new Map<string, Repeat>();
  let floods = new Map<string, Flood>();
  let printed = 0;
  let flushedMs: number | null = null;

  return {
    take(event, nowMs) {
      flushedMs ??= nowMs;
      const object = objectOf(event);
      const group = `${event.cluster_id}\n${event.severity}\n${event.namespace}\n${event.reason}\n${event.rule ?? ""}`;
      const key = `${group}\n${object}\n${event.message}`;
      const repeat = repeats.get(key);
      if (repeat !== undefined) {
        repeat.event = event;
        repeat.count++;
        return false;
      }
      if (printed < linesPerSecond) {
        printed++;
        repeats.set(key, { event, count: 0, sinceMs: nowMs });
        return true;
      }
      const flood = floods.get(group) ?? { event, count: 0, objects: new Set() };
      flood.event = event;
      flood.count++;
      if (flood.objects.size < OBJECTS_LIMIT) flood.objects.add(object);
      floods.set(group, flood);
      return false;
    },
    flush(nowMs) {
      const seconds = Math.max(1, (nowMs - (flushedMs ?? nowMs)) / 1000);
      flushedMs = nowMs;
      const lines: (FoldedLine & { readonly event: Event; readonly count: number })[] = [];
      for (const [key, repeat] of repeats) {
        const ageMs = nowMs - repeat.sinceMs;
        if (repeat.count > 0 && ageMs >= REPEAT_MS) {
          lines.push(foldRepeat(repeat, ageMs));
          repeat.count = 0;
          repeat.sinceMs = nowMs;
        } else if (repeat.count === 0 && ageMs >= FORGET_MS) repeats.delete(key);
      }
      for (const { event, count, objects } of floods.values()) {
        if (count === 1) lines.push({ kind: "event", event, count });
        else lines.push({ kind: "flood", event, count, objects: objects.size, perSecond: count / seconds });
      }
      floods = new Map();
      // Half of what may be printed is left for what is new.
      const most = Math.max(1, Math.floor(linesPerSecond / 2));
      lines.sort((a, b) => b.count - a.count);
      const rest = lines.splice(most);
      printed = lines.length;
      if (rest.length === 0) return lines;
      const count = rest.reduce((sum, line) => sum + line.count, 0);
      return [...lines, { kind: "rest", count, reasons: rest.length, perSecond: count / seconds }];
    },
  };
}

function foldRepeat({ event, count }: Repeat, ageMs: number) {
  if (count === 1) return { kind: "event" as const, event, count };
  return { kind: "repeats" as const, event, count, perSecond: count * 1000 / ageMs };
}
