/** The kinds of message, as they stand in subjects. `events` (plural) carries batches. */
export const SUBJECT_KINDS = [
  "register",
  "heartbeat",
  "event",
  "events",
  "metrics",
  "result",
  "update",
  "command",
] as const;
export type SubjectKind = (typeof SUBJECT_KINDS)[number];

export interface SubjectOptions {
  /** The first token or tokens: `agent`. */
  readonly prefix: string;
  /** How a subject is laid out, with `{prefix}`, `{kind}` and `{cluster_id}`. */
  readonly template: string;
}

/** The protocol's own layout. */
export const DEFAULT_SUBJECT_TEMPLATE = "{prefix}.{kind}.{cluster_id}";

/** The subject of one kind of message for one cluster; `*` as the cluster id makes a subscription to all of them. */
export function subjectFor(kind: SubjectKind, clusterId: string, options: SubjectOptions): string {
  const values: Readonly<Record<string, string>> = { prefix: options.prefix, kind, cluster_id: clusterId };
  // A function, and in one go: neither `$&` nor `{kind}` in a value means anything.
  return options.template.replace(/\{(prefix|kind|cluster_id)\}/g, (_whole, name: string) => values[name] ?? "");
}

/**
 * The cluster id that a subject of this layout names; `null` for any other subject. A reader believes the subject, which
 * the bus vouches for where each cluster has an account of its own, and not what a message says of itself.
 */
export function clusterOfSubject(subject: string, options: SubjectOptions): string | null {
  for (const kind of SUBJECT_KINDS) {
    const [before = "", ...rest] = subjectFor(kind, "*", options).split("*");
    const after = rest[0];
    if (after === undefined || !subject.startsWith(before)) continue;
    const end = after === "" ? subject.length : subject.indexOf(after, before.length);
    const id = subject.slice(before.length, end === -1 ? before.length : end);
    if (id !== "" && !id.includes(".") && subjectFor(kind, id, options) === subject) return id;
  }
  return null;
}
