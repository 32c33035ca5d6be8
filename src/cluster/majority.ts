/** What most of many said. `none`: nobody said anything; `split`: nobody has more than half. */
type Majority =
  | { readonly kind: "value"; readonly value: string; readonly votes: number; readonly of: number }
  | { readonly kind: "split"; readonly values: readonly string[] }
  | { readonly kind: "none" };

/** The value that more than half of the non-empty values have. */
export function majorityOf(values: Iterable<string | null | undefined>): Majority {
  const votes = new Map<string, number>();
  let of = 0;
  for (const value of values) {
    if (!value) continue;
    of++;
    votes.set(value, (votes.get(value) ?? 0) + 1);
  }
  if (of === 0) return { kind: "none" };
  for (const [value, count] of votes) if (count * 2 > of) return { kind: "value", value, votes: count, of };
  return { kind: "split", values: [...votes.keys()].sort() };
}
