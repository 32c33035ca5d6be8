import { Buffer } from "node:buffer";
import { CHAIN_START, type ChainHead, checkAuditLine, LINE_LIMIT_BYTES } from "./audit_line.ts";

/** What a file of audit lines proves. */
export type AuditVerdict =
  | { readonly kind: "intact"; readonly lines: number; readonly head: ChainHead }
  /** `line` counts from 1. Everything before it fits. */
  | { readonly kind: "broken"; readonly line: number; readonly problem: string; readonly head: ChainHead };

/** What a reader knows from elsewhere. */
export interface AuditAnchor {
  /** The last line of the file before this one, where the log was divided. Default: the chain begins here. */
  readonly after?: ChainHead;
  /** A place seen earlier, which the chain must still hold: the only proof that nothing is missing at its end. */
  readonly expected?: ExpectedPlace;
}

/** A hash that the chain must hold, and the number of its line where that is known. */
export interface ExpectedPlace {
  readonly seq?: number;
  readonly hash: string;
}

/**
 * Follows a chain from its first line to its last, in bounded memory. Finds lines that were changed, removed, added, moved
 * or cut. Lines missing at the end leave an intact shorter chain: only `expected` can show that.
 */
export async function verifyAudit(chunks: AsyncIterable<Uint8Array>, anchor: AuditAnchor = {}): Promise<AuditVerdict> {
  let head = anchor.after ?? { seq: 0, hash: CHAIN_START };
  let lines = 0;
  let seen = isExpected(head, anchor.expected);
  for await (const line of splitLines(chunks)) {
    lines++;
    const broken = (problem: string): AuditVerdict => ({ kind: "broken", line: lines, problem, head });
    if (line.kind === "too_long") return broken("it is longer than any line of an audit log");
    if (line.kind === "unfinished") {
      return broken(
        "it ends in the middle: a crash or somebody cut it; the agent sets such a line aside when it starts",
      );
    }
    const check = checkAuditLine(line.text, head);
    if (check.kind === "wrong") return broken(check.problem);
    head = check.head;
    seen ||= isExpected(head, anchor.expected);
  }
  return seen
    ? { kind: "intact", lines, head }
    : { kind: "broken", line: lines + 1, problem: "the chain ends without the expected hash: lines are missing", head };
}

function isExpected(head: ChainHead, expected: ExpectedPlace | undefined): boolean {
  if (expected === undefined) return true;
  return expected.hash === head.hash && (expected.seq === undefined || expected.seq === head.seq);
}

type Line =
  | { readonly kind: "whole"; readonly text: string }
  | { readonly kind: "unfinished" }
  | { readonly kind: "too_long" };

async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      // Latin 1 keeps bytes apart that are no ASCII, and none of them fits the grammar of a line's hash.
      yield { kind: "whole", text: Buffer.from(bytes.subarray(start, end)).toString("latin1") };
      start = end + 1;
    }
    rest = bytes.slice(start);
    if (rest.length > LINE_LIMIT_BYTES) yield { kind: "too_long" };
  }
  if (rest.length > 0) yield { kind: "unfinished" };
}
