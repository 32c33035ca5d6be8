import { BUILT_IN_TOOLS } from "../src/commands/tool/built_in_tools.ts";

const isTool = (word: string | undefined) => BUILT_IN_TOOLS.some(({ name }) => name === word);

/** Options of agent exec that no tool has. */
const OWN_OPTIONS = ["--nats", "--creds", "--nkey", "--sign-key", "--tls-ca", "--tls-cert", "--tls-key"];

function explainMisplaced(words: readonly string[]): string | null {
  const option = words.map((word) => word.split("=", 1)[0] ?? "").find((word) => OWN_OPTIONS.includes(word));
  if (option === undefined) return null;
  return `${option} stands behind the tool, where the tool's own options are; put it before the cluster, as in agent ` +
    `exec ${option} ... prod -- kubectl get nodes`;
}

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
  return explainMisplaced(words) ?? explainQuoted(words);
}

/** The same where many clusters are asked, of which `isCluster` knows the ids and names. */
export function explainFleetWords(words: readonly string[], isCluster: (word: string) => boolean): string | null {
  const [first = "", second] = words;
  if (!isTool(first) && isTool(second) && isCluster(first)) {
    return `${first} stands where the tool belongs; leave it away, or --all and --selector: a cluster is named without them`;
  }
  return explainMisplaced(words) ?? explainQuoted(words);
}
