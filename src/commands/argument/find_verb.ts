import { type Checked, orList, pass, quoteReceived, refuse } from "../checked.ts";
import { verbNames } from "../tool/built_in_tools.ts";
import type { FlagRule, ToolRule, VerbRule } from "../tool/tool_rule.ts";
import { looksLikeFlag } from "./parse_options.ts";

/** The verb of a command, and the tokens without it. */
export interface FoundVerb {
  readonly verb: VerbRule;
  readonly words: readonly string[];
  readonly rest: readonly string[];
}

/**
 * Finds the verb: the first words that are no flag. Flags that the tool knows before the verb (`kubectl -n x get pods`)
 * are moved behind it, where their own rules wait for them.
 */
export function findVerb(tokens: readonly string[], tool: ToolRule): Checked<FoundVerb> {
  const plain = tool.verbs.find((verb) => verb.words.length === 0);
  if (plain !== undefined) return pass({ verb: plain, words: [], rest: tokens });
  const first = firstWord(tokens, tool);
  if (first === null) {
    const [token] = tokens;
    const what = token === undefined
      ? `${tool.name} needs a verb`
      : `${quoteReceived(token)} is no verb of ${tool.name}`;
    return refuse("unknown_verb", what, verbRemedy(tool));
  }
  const candidates = tool.verbs.filter((verb) => verb.words[0]?.includes(first.word) === true);
  const [only] = candidates;
  if (only === undefined) {
    return refuse("unknown_verb", `${quoteReceived(first.word)} is no verb of ${tool.name}`, verbRemedy(tool));
  }
  if (only.words.length === 1) return pass({ verb: only, words: [first.word], rest: first.rest });
  return findSecondWord(first, candidates, tool);
}

function findSecondWord(first: FirstWord, candidates: readonly VerbRule[], tool: ToolRule): Checked<FoundVerb> {
  const second = firstWord(first.rest, tool);
  const verb = candidates.find((rule) => second !== null && rule.words[1]?.includes(second.word) === true);
  if (second !== null && verb !== undefined) {
    return pass({ verb, words: [first.word, second.word], rest: second.rest });
  }
  const choices = candidates.flatMap((rule) => rule.words[1]?.[0] ?? []);
  return refuse("unknown_verb", `${tool.name} ${first.word} needs ${orList(choices)} after it`);
}

interface FirstWord {
  readonly word: string;
  readonly rest: readonly string[];
}

/** The first token that is neither a global flag nor the value of one; `null` when another flag comes first. */
function firstWord(tokens: readonly string[], tool: ToolRule): FirstWord | null {
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? "";
    if (!looksLikeFlag(token, tool.syntax)) {
      return { word: token, rest: [...tokens.slice(0, at), ...tokens.slice(at + 1)] };
    }
    const rule = globalFlag(token, tool);
    if (rule === undefined) return null;
    if (rule.value !== "switch" && takesNextToken(token, rule)) at++;
  }
  return null;
}

function globalFlag(token: string, tool: ToolRule): FlagRule | undefined {
  const head = (token.split("=")[0] ?? "").replaceAll("_", "-");
  return tool.globalFlags.find((rule) =>
    rule.name === head || (rule.short !== undefined && !token.startsWith("--") && token.startsWith(rule.short))
  );
}

function takesNextToken(token: string, rule: FlagRule): boolean {
  return !token.includes("=") && (token.startsWith("--") || token === rule.short);
}

function verbRemedy(tool: ToolRule): string {
  return `Its verbs are ${verbNames(tool).join(", ")}.`;
}
