import { Buffer } from "node:buffer";
import type { JsonObject } from "../redaction/redact_value.ts";
import type { Bundle, EvidencePart, OmittedPart } from "./evidence_part.ts";

/** A bundle as it is sent. */
export interface AssembledBundle {
  readonly evidence: JsonObject;
  readonly omitted: readonly OmittedPart[];
  /** Something did not fit. */
  readonly truncated: boolean;
}

/** What is left of a part below this is not worth it. */
const LEAST_BYTES = 512;

/**
 * Puts the parts together within `maxBytes` of JSON. What stands later in the plan goes first: a part that does not fit
 * gives up its largest fields, named in `left_out`, and is omitted where little of it would stay. No part takes more than
 * half, so that a pod with ten thousand arguments does not keep its log away.
 */
export function assembleBundle(
  bundle: Bundle,
  omitted: readonly OmittedPart[],
  maxBytes: number,
): AssembledBundle {
  const kept: [EvidencePart, JsonObject][] = [];
  const cut: OmittedPart[] = [];
  let left = maxBytes;
  let truncated = false;
  for (const [part, value] of bundle) {
    const room = Math.min(left, Math.floor(maxBytes / 2)) - part.length - 4;
    const fitting = shrink(value, room);
    if (fitting !== value) truncated = true;
    if (fitting === null) cut.push({ part, reason: "size" });
    else {
      kept.push([part, fitting]);
      left -= sizeOf(fitting) + part.length + 4;
    }
  }
  return { evidence: Object.fromEntries(kept), omitted: [...omitted, ...cut], truncated };
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The value within `maxBytes`, without its largest fields where it has to be; `null` where too little would stay. */
function shrink(value: JsonObject, maxBytes: number): JsonObject | null {
  let size = sizeOf(value);
  if (size <= maxBytes) return value;
  if (maxBytes < LEAST_BYTES) return null;
  const bySize = Object.entries(value).map(([name, field]) => ({ name, bytes: sizeOf(field) + name.length + 4 }))
    .sort((a, b) => b.bytes - a.bytes);
  const leftOut: string[] = [];
  for (const { name, bytes } of bySize) {
    const note = sizeOf(leftOut) + "left_out".length + 4;
    if (size + note <= maxBytes) break;
    leftOut.push(name);
    size -= bytes;
  }
  const kept = Object.entries(value).filter(([name]) => !leftOut.includes(name));
  const shrunk = { ...Object.fromEntries(kept), left_out: leftOut };
  return kept.length === 0 || sizeOf(shrunk) > maxBytes ? null : shrunk;
}
