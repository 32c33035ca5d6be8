import { listOf, objectOf, textOf, textsOf } from "../src/inventory/json_field.ts";
import type { EvidenceUpdate } from "../src/wire/update.ts";
import { cutEnd } from "./display_width.ts";
import { printable } from "./printable.ts";

const CHANGES_SHOWN = 5;
const LOG_LINES_SHOWN = 3;
/** The width of a time: what belongs to the line above begins there. */
export const FOLDED = " ".repeat(9);

/** What a person looks for first in evidence, in a few lines: what changed in the template, how the log ends, what a selector misses. */
export function evidenceDigest({ evidence }: Pick<EvidenceUpdate, "evidence">): readonly string[] {
  return [...changeLines(evidence.change), ...logLines(evidence.log), ...serviceLines(evidence.service)];
}

function changeLines(change: unknown): readonly string[] {
  const changes = listOf(objectOf(change).changes).map(objectOf);
  const left = changes.length - CHANGES_SHOWN;
  return [
    ...changes.slice(0, CHANGES_SHOWN).map((one) => {
      const { path, change: word, from, to } = one;
      const values = from === undefined || to === undefined ? "" : `: ${textOf(from)} -> ${textOf(to)}`;
      return `${textOf(word).padEnd(8)} ${textOf(path)}${values}`;
    }),
    ...(left > 0 ? [`${left} more changes`] : []),
  ];
}

function logLines(log: unknown): readonly string[] {
  const { lines } = objectOf(log);
  return textOf(lines).split("\n").filter((line) => line.trim() !== "").slice(-LOG_LINES_SHOWN)
    .map((line) => `log      ${line}`);
}

function serviceLines(service: unknown): readonly string[] {
  const { selector, selector_set: set, nearest } = objectOf(service);
  const { object, labels, differs } = objectOf(nearest);
  if (textOf(object) === "") return [];
  const { by, at } = objectOf(set);
  const had = listOf(differs).map(textOf).map((key) => {
    const value = textOf(textsOf(labels)[key]);
    return value === "" ? `no ${key}` : `${key}=${value}`;
  });
  const asked = Object.entries(textsOf(selector)).map(([key, value]) => `${key}=${value}`);
  return [
    `selector ${asked.join(",")}${textOf(by) === "" ? "" : `, set by ${textOf(by)} at ${textOf(at)}`}`,
    `nearest  ${textOf(object)} has ${had.join(", ")}`,
  ];
}

/** The same as lines below the one that tells of the evidence, for a terminal of so many columns; `null`: none is cut. */
export function foldedEvidence(update: Pick<EvidenceUpdate, "evidence">, width: number | null): readonly string[] {
  return evidenceDigest(update).map((text) => {
    const line = `${FOLDED}${printable(text)}`;
    return width === null ? line : cutEnd(line, width);
  });
}
