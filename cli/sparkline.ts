const BARS = "▁▂▃▄▅▆▇█";

/** One character for each value, its height the value's share of the highest; a space for none. */
export function sparkline(values: readonly number[]): string {
  const highest = Math.max(...values, 1);
  return values.map((value) => value === 0 ? " " : BARS[Math.ceil(value / highest * BARS.length) - 1]).join("");
}

/** How many of `timesMs` lie in each of `slots` equal parts of a range. */
export function countBySlot(
  timesMs: readonly number[],
  fromMs: number,
  toMs: number,
  slots: number,
): readonly number[] {
  const counts = new Array<number>(slots).fill(0);
  for (const timeMs of timesMs) {
    const slot = Math.min(slots - 1, Math.max(0, Math.floor((timeMs - fromMs) / (toMs - fromMs) * slots)));
    counts[slot] = (counts[slot] ?? 0) + 1;
  }
  return counts;
}
