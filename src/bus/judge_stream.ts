import { formatGoDuration } from "../wire/duration.ts";
import type { StreamFacts, SubjectStream } from "./stream_facts.ts";

/** What delivery needs of the stream of one subject. */
interface StreamNeed {
  readonly subject: string;
  /** The configured stream; "" is any. */
  readonly stream: string;
  /** How late a copy may come: see `neededDuplicateWindowMs`. */
  readonly duplicateWindow: NeededWindow;
  /** The server's limit, which reports are cut to. */
  readonly maxPayload: number;
}

/** How long a stream must remember ids, and why. */
interface NeededWindow {
  readonly ms: number;
  readonly why: string;
}

/** One finding: whether it is as it must be, in words, with what to do where it is not. */
interface StreamVerdict {
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy?: string;
}

/** A pod of a lost node is evicted after five minutes; as long again for its successor to be scheduled and to start. */
const RESTART_MS = 10 * 60_000;
/** An API server keeps events for an hour, so no backlog is longer. */
const EVENT_LIFETIME_MS = 60 * 60_000;

/**
 * How late the copy of a message may come. With a checkpoint: after a restart on another node. Without one a restarted
 * agent reports its backlog again. The wait between connection attempts, a minute at most, is well inside.
 */
export function neededDuplicateWindow(keepsCheckpoint: boolean, backlogMs: number): NeededWindow {
  const restart = `${formatGoDuration(RESTART_MS)} for a restart on another node`;
  if (keepsCheckpoint || backlogMs === 0) return { ms: RESTART_MS, why: restart };
  const ms = Math.min(RESTART_MS + backlogMs, EVENT_LIFETIME_MS);
  return { ms, why: `${restart} and events.backlog, which is reported again without a checkpoint (state.kind)` };
}

/** Judges what was found; a stream that can't be looked at is no failure, what it must be is said instead. */
export function judgeStream(found: SubjectStream, need: StreamNeed): readonly StreamVerdict[] {
  const { subject, stream: expected, duplicateWindow } = need;
  const windowText = formatGoDuration(duplicateWindow.ms);
  switch (found.kind) {
    case "known":
      return judgeKnown(found.stream, need);
    case "answers":
      return [
        expected !== "" && found.name !== null && found.name !== expected
          ? wrongStream(subject, found.name, expected)
          : {
            ok: true,
            detail: `${found.name ?? "a stream"} takes ${subject}; this user can't look at its settings`,
            remedy: `let its owner see to it that duplicate_window is ${windowText} or more (${duplicateWindow.why})`,
          },
      ];
    case "none":
      return [{
        ok: false,
        detail: `no stream takes ${subject}`,
        remedy: "create one whose subjects cover it (agent fleet setup --apply does), or set nats.delivery: core",
      }];
    case "silent":
      return [{
        ok: false,
        detail: `${subject} is heard by somebody, but no stream acknowledges it`,
        remedy: "create a stream that covers it, and allow this user to subscribe to _INBOX.>",
      }];
    case "refused":
      return [{
        ok: false,
        detail: `this user may not publish to ${subject}, or not subscribe to its inbox`,
        remedy: `allow publish ${subject} and subscribe _INBOX.> in the user's permissions`,
      }];
    case "unasked":
      return [{
        ok: true,
        detail: `the stream of ${subject} was not looked at: this user may not ask JetStream`,
        remedy: "set cluster_id to have the subject itself tried",
      }];
    case "off":
      return [{
        ok: false,
        detail: `JetStream is off for this account (${found.detail})`,
        remedy: "enable it on the server and for the account, or set nats.delivery: core",
      }];
  }
}

function judgeKnown(stream: StreamFacts, need: StreamNeed): readonly StreamVerdict[] {
  const { subject, stream: expected, duplicateWindow, maxPayload } = need;
  const { name } = stream;
  const bad = (detail: string, remedy: string): StreamVerdict => ({ ok: false, detail, remedy });
  if (!stream.subjects.some((pattern) => covers(pattern, subject))) {
    return [bad(
      `${name} covers only a part of ${subject} (${stream.subjects.join(", ")})`,
      `add ${subject} to its subjects`,
    )];
  }
  if (expected !== "" && name !== expected) return [wrongStream(subject, name, expected)];
  const verdicts: StreamVerdict[] = [];
  if (!stream.hasLeader) verdicts.push(bad(`${name} has no leader`, "look at its servers with `nats stream info`"));
  if (stream.sealed) verdicts.push(bad(`${name} is sealed and takes nothing`, "use another stream"));
  if (!stream.acknowledges) verdicts.push(bad(`${name} does not acknowledge (no_ack)`, "set no_ack to false"));
  if (stream.fullBy !== null) {
    verdicts.push(bad(`${name} is full (${stream.fullBy})`, "raise the limit, or set discard to old"));
  }
  if (stream.maxMessageBytes !== null && stream.maxMessageBytes < maxPayload) {
    verdicts.push(bad(
      `${name} takes messages up to ${stream.maxMessageBytes} bytes, the server up to ${maxPayload}: larger ones are dropped`,
      "set max_msg_size to -1",
    ));
  }
  if (stream.duplicateWindowMs < duplicateWindow.ms) {
    const needed = formatGoDuration(duplicateWindow.ms);
    verdicts.push(bad(
      `${name} drops copies for ${formatGoDuration(stream.duplicateWindowMs)}, but one may come ${needed} later ` +
        `(${duplicateWindow.why})`,
      `set duplicate_window to ${needed} or more: nats stream edit ${name} --dupe-window ${needed}`,
    ));
  }
  if (verdicts.length > 0) return verdicts;
  const window = formatGoDuration(stream.duplicateWindowMs);
  return [{ ok: true, detail: `${name} takes ${subject} and drops copies for ${window}` }];
}

function wrongStream(subject: string, name: string, expected: string): StreamVerdict {
  return {
    ok: false,
    detail: `${subject} is taken by ${name}, but nats.stream is ${expected}`,
    remedy: `set nats.stream to ${name}, or move the subject to ${expected}`,
  };
}

/** Whether a stream's subject takes all that `subject` stands for; both may hold `*`, a stream's may end in `>`. */
export function covers(pattern: string, subject: string): boolean {
  const wanted = subject.split(".");
  const tokens = pattern.split(".");
  for (const [index, token] of tokens.entries()) {
    if (token === ">") return wanted.length > index;
    if (index >= wanted.length || (token !== "*" && token !== wanted[index])) return false;
  }
  return tokens.length === wanted.length;
}
