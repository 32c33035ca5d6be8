import { isMap, isScalar, type Node, type Pair, parseDocument, type YAMLMap } from "yaml";
import { markdownTable } from "./markdown_table.ts";

/** One value of the chart, as its table shows it. */
export interface ChartValue {
  /** `nats.tls.caKey`. */
  readonly path: string;
  readonly default: string;
  /** What stands behind `# -- ` above it, in one line; "" where nothing does. */
  readonly description: string;
}

/**
 * The values of a chart in their order, with the comments that helm-docs reads (`# -- ` begins one, further lines of
 * the comment go on with it). A map with a comment of its own, or with nothing below it, is one value; of any other, each
 * key is.
 */
export function readChartValues(text: string): ChartValue[] {
  const { contents, errors } = parseDocument(text);
  if (errors[0] !== undefined) throw errors[0];
  if (!isMap<Node, Node>(contents)) throw new Error("Cannot read the chart's values: they are no map");
  return valuesIn(contents, "");
}

function valuesIn(map: YAMLMap<Node, Node>, prefix: string): ChartValue[] {
  return map.items.flatMap((pair, index) => {
    const path = prefix + keyOf(pair);
    // The parser gives what stands above the first key to the map.
    const description = describe(isScalar(pair.key) ? pair.key.commentBefore : null) ||
      describe(index === 0 ? map.commentBefore : null);
    const value = pair.value;
    if (isMap<Node, Node>(value) && value.items.length > 0 && description === "") return valuesIn(value, `${path}.`);
    return [{ path, default: JSON.stringify(value?.toJSON() ?? null), description }];
  });
}

function keyOf({ key }: Pair<Node, Node | null>): string {
  if (!isScalar(key)) throw new Error("Cannot read the chart's values: a key is no text");
  return String(key.value);
}

function describe(comment: string | null | undefined): string {
  const lines = (comment ?? "").split("\n").map((line) => line.trim());
  const from = lines.findIndex((line) => line.startsWith("-- "));
  return from === -1 ? "" : lines.slice(from).join(" ").slice(3).trim();
}

/** README.md of the chart: what Artifact Hub and `helm show readme` show. */
export function renderChartReadme(chart: { readonly version: string; readonly kubeVersion: string }, values: string) {
  const rows = readChartValues(values).map(({ path, default: preset, description }) => [
    `\`${path}\``,
    `\`${preset}\``,
    description,
  ]);
  return `# agent

Reports classified Kubernetes events and metrics over NATS, and runs read-only diagnostic commands.
Chart ${chart.version}, for Kubernetes ${chart.kubeVersion}.

\`\`\`text
helm upgrade --install agent deploy/helm/agent --namespace aetherius-agent --create-namespace \\
  --set image.repository=registry.example.com/agent --set centralEndpoint=tls://nats.example.com:4222
\`\`\`

It renders the same objects as \`deploy/manifests\`: one Deployment that runs with pod security \`restricted\`, roles that
only read, a ConfigMap, a Service and a NetworkPolicy. [Installation](../../../docs/installation.md) tells why each is as
it is; [samples](../../samples) has it for Flux and Argo CD.

## Credentials

The chart makes no Secret. Make one in the release's namespace (\`agent-nats\`), and name its key by one of
\`nats.credentialsKey\`, \`nats.nkeySeedKey\`, \`nats.tokenKey\`, or \`nats.user\` with \`nats.passwordKey\`.
A \`projected\` or \`csi\` volume in \`nats.volume\` takes the Secret's place, with the same keys as names of its files.

## As a part of another chart

\`condition: agent.enabled\` works. A section with nothing below it (\`nats:\`) is as if it were not there.

## Removing it

\`helm uninstall\` leaves the ConfigMaps that the agent made itself, and the namespace:

\`\`\`text
helm uninstall agent --namespace aetherius-agent
kubectl -n aetherius-agent delete configmap agent-state agent-state-nonces --ignore-not-found
\`\`\`

## Values

${markdownTable(["value", "default", "what it is"], rows)}
`;
}
