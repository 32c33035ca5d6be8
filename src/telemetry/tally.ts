import { Counter, type Registry } from "@prometheus-io/client";

/** A counter of what happens with every event. */
export interface Tally<L extends string> {
  inc(labels: Readonly<Record<L, string>>): void;
}

interface Count<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  count: number;
}

/**
 * A Prometheus counter that adds up in a map, and takes that over when it is asked for: the client library checks and
 * hashes the labels at each count.
 */
export function createTally<L extends string>(options: {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  readonly registers: Registry[];
}): Tally<L> {
  const { labelNames } = options;
  const counts = new Map<string, Count<L>>();
  const counter = new Counter<string>({
    ...options,
    labelNames: [...labelNames],
    collect() {
      for (const { labels, count } of counts.values()) add(labels, count);
      counts.clear();
    },
  });
  const add = counter.inc.bind(counter);
  return Object.assign(counter, {
    inc(labels: Readonly<Record<L, string>>) {
      let key = "";
      for (const name of labelNames) key += key === "" ? labels[name] : `\n${labels[name]}`;
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { labels, count: 1 });
      else known.count++;
    },
  });
}
