/** The kinds of message, as they stand in subjects. `events` (plural) carries batches. */
export const SUBJECT_KINDS = ["register", "heartbeat", "event", "events", "metrics", "result", "command"] as const;
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
