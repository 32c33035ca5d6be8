/** Ids up to this long are shown whole; of longer ones a beginning that fits no other. */
const WHOLE = 20;
const SHORTEST = 12;
/** Distinct ids that are kept apart; more come from nobody's fleet. */
const LIMIT = 10_000;

/**
 * Short words for clusters: the name where it is known and no other cluster has it, otherwise the id, or a beginning of it
 * that fits no other id seen so far. `agent exec` takes each of them.
 */
export function createClusterLabels(
  known: readonly { readonly id: string; readonly name: string | null }[],
): (id: string) => string {
  const seen = new Set(known.map(({ id }) => id));
  const holders = new Map<string, number>();
  for (const { name } of known) if (name) holders.set(name, (holders.get(name) ?? 0) + 1);
  const names = new Map(known.flatMap(({ id, name }) => name && holders.get(name) === 1 ? [[id, name] as const] : []));
  const labels = new Map<string, string>();
  return (id) => {
    const label = names.get(id) ?? labels.get(id);
    if (label !== undefined) return label;
    if (seen.size >= LIMIT) return id;
    seen.add(id);
    const short = shorten(id, seen);
    labels.set(id, short);
    return short;
  };
}

/**
 * The shortest beginnings of ids that `agent exec` takes, in their order: whole where they are short. Of ids that have a
 * long beginning in common it is long too.
 */
export function shortIds(ids: readonly string[]): readonly string[] {
  const sorted = [...new Set(ids)].sort();
  const needed = new Map(sorted.map((id, at) => {
    // What begins as it does stands beside it.
    const shared = Math.max(sharedLength(id, sorted[at - 1] ?? ""), sharedLength(id, sorted[at + 1] ?? ""));
    return [id, id.length <= WHOLE ? id : id.slice(0, Math.max(SHORTEST, shared + 1))];
  }));
  return ids.map((id) => needed.get(id) ?? id);
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function shorten(id: string, seen: ReadonlySet<string>): string {
  if (id.length <= WHOLE) return id;
  for (let length = SHORTEST; length < id.length; length += 4) {
    const start = id.slice(0, length);
    let alone = true;
    for (const other of seen) alone &&= other === id || !other.startsWith(start);
    if (alone) return start;
  }
  return id;
}
