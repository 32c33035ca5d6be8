// @ts-types="./client_types/counter.d.ts"
import Counter from "@prometheus-io/client/lib/counter.js";
import type { Registry } from "@prometheus-io/client";

type Labels = Readonly<Record<string, string>>;

/** A counter by labels. */
export interface Tally<V extends Labels> {
  inc(labels: V, by?: number): void;
}

interface TallyOptions<V extends Labels> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** Keeps labels whose values nobody knows before within their bounds; asked when a combination is new. */
  readonly bound: (labels: V) => Labels;
  readonly registers: Registry[];
}

/**
 * A Prometheus counter that adds up in a map, and takes that over when it is asked for: the client library checks and
 * hashes the labels at each count.
 */
export function createTally<V extends Labels>(options: TallyOptions<V>): Tally<V> {
  const { name, help, labelNames, registers, bound } = options;
  const counts = new Map<string, { readonly labels: Labels; count: number }>();
  new Counter<string>({
    name,
    help,
    labelNames,
    registers,
    collect() {
      for (const { labels, count } of counts.values()) this.inc(labels, count);
      counts.clear();
    },
  });

  function add(labels: Labels, by: number): boolean {
    const known = counts.get(keyOf(labelNames, labels));
    if (known !== undefined) known.count += by;
    return known !== undefined;
  }

  return {
    inc(labels, by = 1) {
      if (add(labels, by)) return;
      const bounded = bound(labels);
      if (bounded === labels || !add(bounded, by)) {
        counts.set(keyOf(labelNames, bounded), { labels: bounded, count: by });
      }
    },
  };
}

function keyOf(labelNames: readonly string[], labels: Labels): string {
  let key = "";
  for (const name of labelNames) key += key === "" ? labels[name] : `\n${labels[name]}`;
  return key;
}
