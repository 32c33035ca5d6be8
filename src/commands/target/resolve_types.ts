import type { ServedType, ServedTypes } from "./served_type.ts";
import { typesNamed } from "./served_type.ts";
import { findBuiltInType, isAlwaysBuiltIn } from "./type_name.ts";

/**
 * Asks the API server for its types. `type` is what a command names; `fresh` asks again where the last answer, from
 * memory, did not know it.
 */
export type AskServedTypes = (type: string, fresh: boolean) => Promise<ServedTypes>;

/** What a word in type position means. */
export interface ResolvedType {
  readonly text: string;
  /** The types that were added to the API server and may be meant; built-in ones are not among them. */
  readonly served: readonly ServedType[];
  /** `known`, or why it can't be said what is meant. */
  readonly state: "known" | "not_served" | "not_asked" | "failed";
  readonly isClusterWide: boolean;
}

/** Finds out what each word means, from the table of built-in types and, for all others, from the API server. */
export async function resolveTypes(
  words: readonly string[],
  ask: AskServedTypes | undefined,
): Promise<readonly ResolvedType[]> {
  const resolved: ResolvedType[] = [];
  for (const text of words) {
    const builtIn = findBuiltInType(text);
    const isClusterWide = builtIn?.namespaced === false;
    if (isAlwaysBuiltIn(text)) resolved.push({ text, served: [], state: "known", isClusterWide });
    else if (ask === undefined) resolved.push({ text, served: [], state: "not_asked", isClusterWide });
    else resolved.push(await resolveServed(text, ask));
  }
  return resolved;
}

async function resolveServed(text: string, ask: AskServedTypes): Promise<ResolvedType> {
  const builtIn = findBuiltInType(text);
  let answer = await ask(text, false);
  let served = answer.kind === "served" ? typesNamed(text, answer.types) : [];
  if (answer.kind === "served" && served.length === 0 && builtIn === null) {
    answer = await ask(text, true);
    served = answer.kind === "served" ? typesNamed(text, answer.types) : [];
  }
  const isKnown = served.length > 0 || builtIn !== null;
  return {
    text,
    served,
    state: isKnown ? "known" : answer.kind === "served" ? "not_served" : answer.kind,
    isClusterWide: builtIn === null
      ? served.length > 0 && served.every(({ namespaced }) => !namespaced)
      : !builtIn.namespaced,
  };
}
