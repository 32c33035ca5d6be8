import type { ClusterView } from "./cluster_view.ts";

/** Whether a cluster is selected. */
type Selector = (cluster: ClusterView) => boolean;

type ParsedSelector =
  | { readonly kind: "ok"; readonly selects: Selector }
  | { readonly kind: "invalid"; readonly message: string };

const REQUIREMENT = /^\s*([A-Za-z0-9._/-]{1,253})\s*(?:(!=|==?)\s*([^\s,()]{0,253})|\s(in)\s*\(([^()]{0,4000})\))\s*$/;
const LIMIT_CHARACTERS = 4_096;
const LIMIT_REQUIREMENTS = 32;

/** A cluster's own facts; any other key is one of its labels. */
const FACTS: Readonly<Record<string, (cluster: ClusterView) => string | null>> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  provider: ({ provider }) => provider,
  region: ({ region }) => region,
  version: ({ version }) => version,
  state: ({ state }) => state,
};

/**
 * Reads `key=glob, key!=glob, key in (a,b)` (`==` is `=`, as for kubectl): every requirement must hold. Keys are id, name, provider, region, version,
 * state and labels; `*` and `?` are wildcards. A cluster that does not know a key fits `!=` alone.
 */
export function parseSelector(text: string): ParsedSelector {
  if (text.length > LIMIT_CHARACTERS) return { kind: "invalid", message: `longer than ${LIMIT_CHARACTERS} characters` };
  const parts = splitRequirements(text);
  if (parts.length > LIMIT_REQUIREMENTS) return { kind: "invalid", message: `more than ${LIMIT_REQUIREMENTS} parts` };
  const tests: Selector[] = [];
  for (const part of parts) {
    const [, key = "", operator, glob = "", isIn, list = ""] = REQUIREMENT.exec(part) ?? [];
    if (operator === undefined && isIn === undefined) {
      return { kind: "invalid", message: `"${part.trim()}" is none of key=glob, key!=glob, key in (a,b)` };
    }
    const wanted = isIn === undefined ? [glob] : list.split(",").map((one) => one.trim());
    const holds = (value: string | null) => value !== null && wanted.some((one) => matchesGlob(one, value));
    const read = FACTS[key] ?? (({ labels }) => labels[key] ?? null);
    tests.push(operator === "!=" ? (cluster) => !holds(read(cluster)) : (cluster) => holds(read(cluster)));
  }
  return { kind: "ok", selects: (cluster) => tests.every((test) => test(cluster)) };
}

/** Splits at commas outside parentheses. */
function splitRequirements(text: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "," && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

/** `*` stands for any text, `?` for one character. Linear but for the number of stars: it only ever goes back to the last one. */
export function matchesGlob(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (glob[g] === "*") {
      star = g++;
      resume = t;
    } else if (g < glob.length && (glob[g] === "?" || glob[g] === text[t])) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++resume;
    } else return false;
  }
  while (glob[g] === "*") g++;
  return g === glob.length;
}
