import { Command, Option } from "@commander-js/extra-typings";
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import type { ClusterIdentity } from "../../src/cluster/cluster_identity.ts";
import { type IdRules, type IdStyle, parseOverride } from "../../src/cluster/decide_id.ts";
import type { FactClient } from "../../src/cluster/gather_facts.ts";
import { identifyCluster, identityFromFacts } from "../../src/cluster/identify_cluster.ts";
import { readDump } from "../../src/cluster/read_dump.ts";
import { AgentError, errorMessage, type FailureKind } from "../../src/lifecycle/errors.ts";
import type { CliContext } from "../cli_context.ts";
import { exitCodeOf } from "../exit_code.ts";

export interface DetectClusterPorts {
  /** Opens the API server as kubectl finds it; rejects with an `AgentError`. */
  openKubeClient(
    options: { readonly kubeconfig: string | null; readonly context: string | null },
    signal: AbortSignal,
  ): Promise<FactClient & { close(): void }>;
}

/** An identity, or everything of it but the id. */
interface Answer extends Omit<ClusterIdentity, "id" | "source"> {
  readonly id: string | null;
  readonly source: string | null;
  /** Why there is no id, and what that means for the exit code. */
  readonly failure: { readonly kind: FailureKind; readonly reason: string } | null;
}

const EXAMPLES = `
Examples:
  $ agent detect-cluster
  $ id=$(agent detect-cluster -q)
  $ kubectl get nodes,namespaces,configmaps -A -o json | agent detect-cluster --from - --output json`;

/** `agent detect-cluster`: which cluster this is, and why each method did or did not answer. */
export function createDetectClusterCommand(context: CliContext, ports: DetectClusterPorts) {
  return new Command("detect-cluster")
    .description("Show the cluster's identity, with what every method found")
    .option("--from <file>", "read a dump of the cluster's objects instead of a live cluster (-: standard input)")
    .option("--provider-id", "make an id for people: <provider>-<name>-<region>-<digits>")
    .option("-q, --quiet", "print the id and nothing else")
    .addOption(
      new Option("--output <format>", "how to print").choices(["text", "json"] as const).default("text" as const),
    )
    .option("--kubeconfig <file>", "find the cluster in this kubeconfig")
    .option("--context <name>", "use this context of the kubeconfig")
    .addHelpText("after", EXAMPLES)
    .action(async (options) => {
      const rules = rulesFor(context.env, options.providerId ? "provider" : "uid");
      const answer = options.from === undefined
        ? await askLive(context, ports, rules, options.kubeconfig ?? null, options.context ?? null)
        : fromDump(await readSource(context, options.from), options.from, rules);
      if (options.quiet) printQuietly(context, answer);
      else if (options.output === "json") printJson(context, answer);
      else printText(context, answer);
      if (answer.failure === null) return;
      context.stderr.write(`${answer.failure.reason}\n`);
      context.setExitCode(exitCodeOf(answer.failure.kind));
    });
}

type Rules = IdRules & { readonly givenName: string };

function rulesFor(env: CliContext["env"], style: IdStyle): Rules {
  return {
    override: parseOverride(env.CLUSTER_ID, "environment"),
    style,
    remembered: null,
    givenName: parseOverride(env.CLUSTER_NAME, "environment")?.value ?? "",
  };
}

async function askLive(
  context: CliContext,
  ports: DetectClusterPorts,
  rules: Rules,
  kubeconfig: string | null,
  kubeContext: string | null,
): Promise<Answer> {
  const kube = await ports.openKubeClient({ kubeconfig, context: kubeContext }, context.signal);
  try {
    const options = { ...rules, kube, readToken: null, readCloudMetadata: null };
    const outcome = await identifyCluster(options, context.signal);
    context.signal.throwIfAborted();
    if (outcome.kind === "identified") return { ...(await outcome.describe()).identity, failure: null };
    if (outcome.kind === "retry") throw new AgentError("unreachable", outcome.reason);
    const { description } = identityFromFacts(outcome.facts, rules);
    return withoutId(description, outcome.failure, outcome.reason);
  } finally {
    kube.close();
  }
}

function fromDump(bytes: Uint8Array, source: string, rules: Rules): Answer {
  const { decision, description } = identityFromFacts(readDump(bytes, nameOf(source)), rules);
  if (decision.kind === "identified") {
    return { id: decision.id, source: decision.source, ...description, failure: null };
  }
  // A dump that lacks what makes an id is an answer, and the answer is no.
  return withoutId(description, "failed", decision.reason);
}

function withoutId(description: Omit<ClusterIdentity, "id" | "source">, kind: FailureKind, reason: string): Answer {
  return { id: null, source: null, ...description, failure: { kind, reason } };
}

const nameOf = (source: string) => source === "-" ? "standard input" : source;

async function readSource(context: CliContext, source: string): Promise<Uint8Array> {
  try {
    if (source !== "-") return await readFile(source);
    const chunks: Uint8Array[] = [];
    for await (const chunk of context.stdin) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
    return Buffer.concat(chunks);
  } catch (cause) {
    throw new AgentError("bad_input", `Cannot read ${nameOf(source)}: ${errorMessage(cause)}`, { cause });
  }
}

function printQuietly({ stdout }: CliContext, { id }: Answer): void {
  if (id !== null) stdout.write(`${id}\n`);
}

function printJson({ stdout }: CliContext, { id, source, provider, name, region, evidence }: Answer): void {
  stdout.write(`${JSON.stringify({ id, source, provider, name, region, evidence })}\n`);
}

/** The id alone on the first line; where there is none, nothing on standard output at all. */
function printText({ stdout, stderr }: CliContext, answer: Answer): void {
  const { id, source, provider, name, region, evidence } = answer;
  const out = id === null ? stderr : stdout;
  const width = Math.max(...evidence.map(({ method }) => method.length));
  const lines = [
    ...(id === null ? [] : [id, ""]),
    ...Object.entries({ source, provider, name, region }).map(([key, value]) =>
      `${key.padEnd(10)}${value === null ? "not known" : printable(value)}`
    ),
    "",
    ...evidence.map(({ method, found, detail }) =>
      `${found ? "found" : "-    "}  ${method.padEnd(width)}  ${printable(detail)}`
    ),
    "",
  ];
  out.write(lines.join("\n"));
}

/** Names come from the cluster: none of them may move a terminal's cursor. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd");
}
