/**
 * How V8 spends memory; docs/building.md has the measurements.
 *
 * - `max-semi-space-size`, in MiB: left alone, V8 lets the young generation grow by a burst to several times what lives.
 * - `optimize-for-size`: less speculation about what will run often.
 */
export const V8_FLAGS: readonly string[] = ["--max-semi-space-size=1", "--optimize-for-size"];
