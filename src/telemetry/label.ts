/** The values that a label may take, and what they mean where the name alone does not say it. */
export interface Label<V extends string> {
  readonly values: readonly V[];
  readonly meanings: Readonly<Partial<Record<string, string>>>;
  /** Why there may be others, and how many values at most; `null` where there may not. */
  readonly open: { readonly why: string; readonly atMost: number } | null;
}

/** A label with these values alone. */
export function among<const V extends string>(values: readonly V[]): Label<V> {
  return { values, meanings: {}, open: null };
}

/** A label with the values of a table, each with what it means. */
export function oneOf<T extends Readonly<Record<string, string>>>(table: T): Label<Extract<keyof T, string>> {
  return { values: Object.keys(table).filter((value) => isKeyOf(table, value)), meanings: table, open: null };
}

/**
 * A label whose values nobody knows before. Series cost memory here and in Prometheus, so there are at most `atMost`
 * values; what comes after them is counted under `other`.
 */
export function anyOf(why: string, atMost: number, known: readonly string[] = []): Label<string> {
  return { values: known, meanings: {}, open: { why, atMost } };
}

/** What stands for all values above the bound of an open label. */
export const OTHER = "other";

/** Lets the first `atMost` values of each open label through, and turns each further one into `other`. */
export function createLabelBound<V extends Readonly<Record<string, string>>>(
  labels: { readonly [K in keyof V]: Label<V[K]> },
): (values: V) => Readonly<Record<string, string>> {
  const seen = new Map<string, { readonly values: Set<string>; readonly atMost: number }>();
  for (const [name, { open, values }] of Object.entries<Label<string>>(labels)) {
    if (open !== null) seen.set(name, { values: new Set(values), atMost: open.atMost });
  }
  if (seen.size === 0) return (values) => values;
  return (values) => {
    const given: Readonly<Record<string, string>> = values;
    let bounded = given;
    for (const [name, known] of seen) {
      const value = given[name] ?? "";
      if (known.values.has(value)) continue;
      if (known.values.size < known.atMost) known.values.add(value);
      else bounded = { ...bounded, [name]: OTHER };
    }
    return bounded;
  };
}

function isKeyOf<T extends object>(table: T, key: string): key is Extract<keyof T, string> {
  return Object.hasOwn(table, key);
}
