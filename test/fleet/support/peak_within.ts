/** The most of `times` that lie within any window of `windowMs`. */
export function peakWithin(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let peak = 0;
  for (let first = 0, next = 0; next < sorted.length; next++) {
    while ((sorted[next] ?? 0) - (sorted[first] ?? 0) >= windowMs) first++;
    peak = Math.max(peak, next - first + 1);
  }
  return peak;
}
