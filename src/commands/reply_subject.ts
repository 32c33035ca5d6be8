/** What a reply subject is judged by. */
export interface ReplyRules {
  /** Beginnings of subjects that a client makes for its own answers, each with its closing dot: `_INBOX.`. */
  readonly prefixes: readonly string[];
  /** The subjects of agents, with `*` for any cluster: `agent.result.*`. */
  readonly ownSubjects: readonly string[];
}

/** Whether an answer goes to the subject that a command names. `withheld`: to the result subject alone. */
export type ReplyVerdict = "none" | "sent" | "withheld";

const LENGTH_LIMIT = 512;
/** Tokens with dots between them, without wildcards, white space or control characters. */
const SUBJECT = /^[\x21-\x7e]+$/;

/**
 * A sender names any subject it likes, and it is the agent that publishes there, with the agent's rights: a report under
 * another cluster's name, a request to the JetStream API. So answers go to clients' own inboxes and nowhere else; never
 * below `$`, which is the server's, and never to a subject that means something to an agent or to the central side, even
 * where a prefix is configured that would allow it.
 */
export function judgeReplySubject(subject: string | null, rules: ReplyRules): ReplyVerdict {
  if (subject === null || subject === "") return "none";
  if (subject.length > LENGTH_LIMIT || !SUBJECT.test(subject)) return "withheld";
  const tokens = subject.split(".");
  if (tokens.some((token) => token === "" || token === "*" || token === ">")) return "withheld";
  if (subject.startsWith("$")) return "withheld";
  if (rules.ownSubjects.some((pattern) => fitsPattern(subject, pattern))) return "withheld";
  return rules.prefixes.some((prefix) => subject.startsWith(prefix)) ? "sent" : "withheld";
}

/** `*` stands for one or more characters without a dot, since a layout may put a cluster's id beside others in a token. */
function fitsPattern(subject: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return subject === pattern;
  const last = rest.at(-1) ?? "";
  if (!subject.startsWith(first) || !subject.endsWith(last)) return false;
  const middle = subject.slice(first.length, subject.length - last.length);
  // A layout names the cluster once; where it does so more often, whatever has its beginning and its end is taken as its own.
  return subject.length > first.length + last.length && (rest.length > 1 || !middle.includes("."));
}
