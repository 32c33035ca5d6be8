import { type JsonObject, listOf, objectOf, textOf } from "../inventory/json_field.ts";

/** A condition of an object's status; every text is "" where the object has none. */
interface StatusCondition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** `lastTransitionTime`, `null` where it is none. */
  readonly sinceMs: number | null;
}

/** No condition of Kubernetes says more than a few sentences; some quote what a webhook answered. */
const MESSAGE_LIMIT = 1_024;

/** The condition of that type, or `null`. */
export function conditionOf(status: JsonObject, type: string): StatusCondition | null {
  for (const item of listOf(status.conditions)) {
    const condition = objectOf(item);
    if (condition.type !== type) continue;
    return {
      status: textOf(condition.status),
      reason: textOf(condition.reason),
      message: shorten(textOf(condition.message)),
      sinceMs: timeOf(condition.lastTransitionTime),
    };
  }
  return null;
}

/** A text that fits into a report's sentence. */
export function shorten(text: string, limit: number = MESSAGE_LIMIT): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)} [cut from ${text.length} characters]`;
}

/** Milliseconds of an RFC 3339 text, `null` where it is none. */
export function timeOf(value: unknown): number | null {
  if (typeof value !== "string" || value.length > 40) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

/** The later of two times, where at least one is known. */
export function laterOf(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}

/** RFC 3339 in whole seconds, as Kubernetes writes times; "" for none. It names an occurrence. */
export function stampOf(ms: number | null): string {
  return ms === null ? "" : new Date(ms).toISOString();
}

/** `: words`, or nothing. */
export function quoted(text: string): string {
  return text === "" ? "" : `: ${text}`;
}
