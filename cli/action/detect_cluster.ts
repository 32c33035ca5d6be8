import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import type { ClusterIdentity } from "../../src/cluster/cluster_identity.ts";
import type { FactClient } from "../../src/cluster/gather_facts.ts";
import { type IdRules, type IdStyle, parseOverride } from "../../src/cluster/decide_id.ts";
import { identifyCluster, identityFromFacts } from "../../src/cluster/identify_cluster.ts";
import { readDump } from "../../src/cluster/read_dump.ts";
import { AgentError, type FailureKind } from "../../src/lifecycle/errors.ts";
import { fileProblem } from "../../src/lifecycle/file_problem.ts";
import type { CliContext } from "../cli_context.ts";
import { exitCodeOf } from "../exit_code.ts";
import { type DataForm, formatData } from "../output_form.ts";
import { columnsOf, type OutputForm } from "../output_option.ts";
import { printable } from "../printable.ts";
import { wrapLine } from "../wrap_line.ts";

interface DetectClusterOptions {
  /** A dump to read (`-`: standard input); `null` asks the cluster. */
  readonly from: string | null;
  readonly style: IdStyle;
  readonly quiet: boolean;
  readonly output: OutputForm;
  /** Not called where a dump is read. */
  readonly openKubeClient: () => Promise<FactClient & { close(): void }>;
}

/** An identity, or everything of it but the id. */
interface Answer extends Omit<ClusterIdentity, "id" | "source"> {
  readonly id: string | null;
  readonly source: string | null;
  /** Why there is no id, and what that means for the exit code. */
  readonly failure: { readonly kind: FailureKind; readonly reason: string } | null;
}

type Rules = IdRules & { readonly givenName: string };

/**
 * Prints the identity and every method's finding. Without an id it prints what else is known and ends with 69 when there
 * was no answer, 77 when the answer was no, 1 when a dump does not hold what makes an id, and 65 when it is none.
 */
export async function runDetectCluster(context: CliContext, options: DetectClusterOptions): Promise<void> {
  const rules: Rules = {
    override: parseOverride(context.env.CLUSTER_ID, "environment"),
    style: options.style,
    remembered: null,
    givenName: parseOverride(context.env.CLUSTER_NAME, "environment")?.value ?? "",
  };
  const answer = options.from === null
    ? await askCluster(context, options.openKubeClient, rules)
    : answerFromDump(await readSource(context, options.from), options.from, rules);
  if (options.quiet) {
    if (answer.id !== null) context.stdout.write(`${answer.id}\n`);
  } else if (options.output !== "text") printData(context, options.output, answer);
  else printText(context, answer);
  if (answer.failure === null) return;
  context.stderr.write(`${answer.failure.reason}\n`);
  context.setExitCode(exitCodeOf(answer.failure.kind));
}

async function askCluster(
  context: CliContext,
  openKubeClient: DetectClusterOptions["openKubeClient"],
  rules: Rules,
): Promise<Answer> {
  const kube = await openKubeClient();
  try {
    const outcome = await identifyCluster({ ...rules, kube, readToken: null, readCloudMetadata: null }, context.signal);
    context.signal.throwIfAborted();
    if (outcome.kind === "identified") return { ...(await outcome.describe()).identity, failure: null };
    if (outcome.kind === "retry") throw new AgentError(outcome.failure, outcome.reason);
    return withoutId(identityFromFacts(outcome.facts, rules).description, outcome.failure, outcome.reason);
  } finally {
    kube.close();
  }
}

function answerFromDump(bytes: Uint8Array, source: string, rules: Rules): Answer {
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
    throw new AgentError("bad_input", `Cannot read ${nameOf(source)}: ${fileProblem("read", cause)}; name a dump`, {
      cause,
    });
  }
}

function printData(
  { stdout }: CliContext,
  output: DataForm,
  { id, source, provider, name, region, evidence }: Answer,
): void {
  stdout.write(formatData(output, { id, source, provider, name, region, evidence }));
}

/** The id alone on the first line; where there is none, nothing on standard output at all. */
function printText({ stdout, stderr }: CliContext, answer: Answer): void {
  const { id, source, provider, name, region, evidence } = answer;
  const stream = id === null ? stderr : stdout;
  const room = columnsOf(stream, "text");
  const width = Math.max(...evidence.map(({ method }) => method.length));
  const lines = [
    ...(id === null ? [] : [id]),
    "",
    ...Object.entries({ source, provider, name, region }).map(([key, value]) =>
      `${key.padEnd(10)}${value === null ? "not known" : printable(value)}`
    ),
    "",
    ...evidence.flatMap(({ method, found, detail }) =>
      wrapLine(`${found ? "+" : "-"} ${method.padEnd(width)}  ${printable(detail)}`, room, " ".repeat(width + 4))
    ),
  ];
  stream.write(lines.map((line) => `${line}\n`).join(""));
}
