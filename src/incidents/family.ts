import type { Family } from "./fault.ts";

/** Which family each category of faults belongs to: what one cause makes stands together. */
const FAMILY_OF_CATEGORY: ReadonlyMap<string, Family> = new Map([
  ["image", "image"],
  ["crash", "run"],
  ["oom", "run"],
  ["probe", "run"],
  ["runtime", "run"],
  ["lifecycle", "run"],
  ["scheduling", "place"],
  ["quota", "place"],
  ["admission", "place"],
  ["deployment", "place"],
  ["volume", "volume"],
  ["network", "net"],
  ["sandbox", "net"],
  ["dns", "net"],
  ["node", "node"],
]);

/** Faults whose Event speaks of something that it may not speak of: they join nothing. */
export const UNVERIFIED = "unverified";

/** The family of a fault. Whatever happens to a node is the node's. */
export function familyOf(category: string, objectKind: string): Family {
  if (category === UNVERIFIED) return UNVERIFIED;
  if (objectKind === "Node") return "node";
  return FAMILY_OF_CATEGORY.get(category) ?? category;
}
