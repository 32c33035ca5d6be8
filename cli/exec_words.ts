import { BUILT_IN_TOOLS } from "../src/commands/tool/built_in_tools.ts";

const isTool = (word: string | undefined) => BUILT_IN_TOOLS.some(({ name }) => name === word);

/** What is wrong with a command that was quoted as a whole, as a shell would take it; `null`: nothing. */
export function explainQuoted(words: readonly string[]): string | null {
  const [only = "", ...rest] = words;
  const [tool] = only.trim().split(/\s+/, 1);
  if (rest.length > 0 || tool === only || !isTool(tool)) return null;
  return `${JSON.stringify(only)} is one word, and no shell takes it apart here; leave its quotes away`;
}

/** What is wrong with the words behind `agent exec` for one cluster; `null`: nothing. */
export function explainExecWords(cluster: string, words: readonly string[]): string | null {
  if (isTool(cluster) && !isTool(words[0])) {
    return `${cluster} stands where the cluster belongs; name one, as in agent exec prod -- ${cluster} ..., or ask all ` +
      "of them with --all; agent fleet lists clusters";
  }
  return explainQuoted(words);
}

/** The same where many clusters are asked, of which `isCluster` knows the ids and names. */
export function explainFleetWords(words: readonly string[], isCluster: (word: string) => boolean): string | null {
  const [first = "", second] = words;
  if (!isTool(first) && isTool(second) && isCluster(first)) {
    return `${first} stands where the tool belongs; leave it away, or --all and --selector: a cluster is named without them`;
  }
  return explainQuoted(words);
}
