import { Buffer } from "node:buffer";
import { CHAIN_START, type ChainHead, checkAuditLine, LINE_LIMIT_BYTES, readAuditLine } from "./audit_line.ts";

/** What one or several files of audit lines prove. */
export type AuditVerdict =
  & {
    /** The end of the part that fits. */
    readonly head: ChainHead;
    readonly lines: number;
    /** The number of the first line: above 1 where the files before it are gone. */
    readonly first: number;
    /** The lines of commands that were started and have no end: what ran when the agent was killed, or runs now. */
    readonly unended: readonly number[];
  }
  & (
    | { readonly kind: "intact" }
    /** `line` counts from 1 in its file, the `file`th from 0. Everything before it fits. */
    | { readonly kind: "broken"; readonly file: number; readonly line: number; readonly problem: string }
  );

/** What a reader knows from elsewhere. */
export interface AuditAnchor {
  /** The last line before the first file, where the log was divided. Default: the chain begins here. */
  readonly after?: ChainHead;
  /** The first line may be any line of a chain: the files before it were removed. */
  readonly mayBeginLate?: boolean;
  /** A place seen earlier, which the chain must still hold: the only proof that nothing is missing at its end. */
  readonly expected?: ExpectedPlace;
}

/** A hash that the chain must hold, and the number of its line where that is known. */
export interface ExpectedPlace {
  readonly seq?: number;
  readonly hash: string;
}

/** More commands than ever run at a time; past it a file is not one of ours, and only the first are told. */
const UNENDED_LIMIT = 1_000;
/** In our own lines these stand before any text of a sender, which is escaped anyway. */
const STARTED = /^\{"audit":"v1","seq":(\d{1,15}),"time":"[^"]*","event":"started"/;
const ENDED = /^\{"audit":"v1","seq":\d{1,15},"time":"[^"]*","event":"ended","started_seq":(\d{1,15})[,}]/;

/**
 * Follows a chain through its files, oldest first and each opened in its turn, in bounded memory. Finds lines that were changed, removed, added, moved
 * or cut. Lines missing at the end leave an intact shorter chain: only `expected` can show that.
 */
export async function verifyAudit(
  files: Iterable<AsyncIterable<Uint8Array>>,
  anchor: AuditAnchor = {},
): Promise<AuditVerdict> {
  let head = anchor.after ?? { seq: 0, hash: CHAIN_START };
  let first = head.seq + 1;
  let lines = 0;
  let seen = isExpected(head, anchor.expected);
  const unended = new Set<number>();
  const verdict = () => ({ head, lines, first, unended: [...unended] });
  let file = -1;
  let line = 0;
  for (const chunks of files) {
    file++;
    line = 0;
    for await (const read of splitLines(chunks)) {
      line++;
      const broken = (problem: string): AuditVerdict => ({ kind: "broken", file, line, problem, ...verdict() });
      if (read.kind !== "whole") return broken(WHAT_IS_WRONG[read.kind]);
      const own = lines === 0 && anchor.mayBeginLate === true ? readAuditLine(read.text) : null;
      if (own !== null) {
        head = { seq: own.seq - 1, hash: own.prev };
        first = own.seq;
      }
      const check = checkAuditLine(read.text, head);
      if (check.kind === "wrong") return broken(check.problem);
      head = check.head;
      lines++;
      seen ||= isExpected(head, anchor.expected);
      followCommand(read.text, unended);
    }
  }
  if (seen) return { kind: "intact", ...verdict() };
  const problem = "the chain ends without the expected hash: lines are missing";
  return { kind: "broken", file: Math.max(0, file), line: line + 1, problem, ...verdict() };
}

const WHAT_IS_WRONG = {
  too_long: "it is longer than any line of an audit log",
  unfinished: "it ends in the middle: a crash or somebody cut it; the agent sets such a line aside when it starts",
} as const;

function followCommand(line: string, unended: Set<number>): void {
  const [, started] = STARTED.exec(line) ?? [];
  if (started !== undefined && unended.size < UNENDED_LIMIT) unended.add(Number(started));
  const [, ended] = ENDED.exec(line) ?? [];
  if (ended !== undefined) unended.delete(Number(ended));
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
