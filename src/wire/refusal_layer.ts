/** The five layers of the command policy, in the order in which they decide. */
export const LAYERS = ["envelope", "tool", "verb", "arguments", "target"] as const;
export type Layer = (typeof LAYERS)[number];
