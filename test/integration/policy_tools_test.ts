import assert from "node:assert/strict";
import { createServer } from "node:http";
import process from "node:process";
import { findVerb } from "../../src/commands/argument/find_verb.ts";
import { parseArguments } from "../../src/commands/argument/parse_arguments.ts";
import type { ParsedCommand } from "../../src/commands/argument/parsed_command.ts";
import { printFlag } from "../../src/commands/argument/print_command.ts";
import type { ValueGrammar } from "../../src/commands/argument/value_grammar.ts";
import { parseValue } from "../../src/commands/argument/value_grammar.ts";
import { pinDestination } from "../../src/commands/target/pin_destination.ts";
import { KUBECTL } from "../../src/commands/tool/kubectl.ts";
import { NETWORK_TOOLS } from "../../src/commands/tool/network_tools.ts";
import type { VerbRule } from "../../src/commands/tool/tool_rule.ts";
import { findPresentTool } from "../../sandbox/find_tool.ts";
import { runTool } from "../../sandbox/run_tool.ts";

// The policy's picture of a tool, held against the tool itself.

const kubectl = await findPresentTool("kubectl");
const version = kubectl === null
  ? null
  : /v1\.(\d+)/.exec((await runTool(kubectl, ["version", "--client"])).stdout)?.[1];
/** The table is that of 1.36; older ones lack some of its flags. */
const isTableVersion = version === "36";
if (!isTableVersion) {
  process.stderr.write("SKIPPED: the kubectl table is not held against a kubectl 1.36; set KUBEBUILDER_ASSETS\n");
}
const NOWHERE = ["--server=http://127.0.0.1:1", "--request-timeout=1s"];

async function runKubectl(args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runTool(kubectl ?? "kubectl", args, { env: { HOME: "/nonexistent" } });
  return stdout + stderr;
}

const wordsOf = (verb: VerbRule) => verb.words.flatMap((words) => words[0] ?? []);

/** One value that each grammar takes. */
const SAMPLES: Readonly<Record<ValueGrammar["kind"], string>> = {
  word: "",
  int: "5",
  duration: "5s",
  time: "2026-01-31T10:00:00Z",
  namespace: "default",
  kubernetes_name: "a",
  label_keys: "a,b",
  lower_words: "list",
  api_group: "apps",
  group_version: "apps/v1",
  label_selector: "app in (a,b)",
  field_selector: "metadata.name=a",
  sort_field: ".metadata.name",
  kubectl_output: "wide",
  type_and_name: "pod/web-0",
  event_types: "Normal,Warning",
  address: "10.0.0.7",
  host: "10.0.0.7",
  path: "/a",
};

for (const verb of KUBECTL.verbs) {
  const name = wordsOf(verb).join(" ");
  Deno.test({
    name: `every flag that kubectl ${name} has is in the table, with its short form`,
    ignore: !isTableVersion,
    fn: async () => {
      const help = `${await runKubectl([...wordsOf(verb), "--help"])}\n${await runKubectl(["options"])}`;
      const real = [...help.matchAll(/^ {2,6}(?:(-\w), )?(--[\w-]+)=/gm)].map(([, short, long = ""]) => ({
        short,
        long,
      }));
      assert.ok(real.length > 20);
      for (const { short, long } of real) {
        // A flag that the table does not know is refused; a short form that it takes for another flag would not be.
        const rule = verb.flags.find((flag) =>
          flag.short === short && short !== undefined || flag.aliases?.includes(short ?? " ")
        );
        if (rule !== undefined) assert.equal(rule.name, long);
        if (long !== "--show-managed-fields" || name === "get") {
          assert.ok(verb.flags.some((flag) => flag.name === long), `${long} of kubectl ${name} has no decision`);
        }
      }
      const invented = verb.flags.filter((flag) => !real.some(({ long }) => long === flag.name));
      assert.deepEqual(invented.map((flag) => flag.name), []);
    },
  });

  Deno.test({
    name: `kubectl ${name} takes every flag that the table allows, as the agent prints it`,
    ignore: !isTableVersion,
    fn: async () => {
      const flags = verb.flags.filter((rule) => rule.denied === undefined).flatMap((rule) => {
        if (rule.value === "switch") return [...printFlag({ rule, value: false }, KUBECTL), rule.short ?? rule.name];
        const sample = rule.value.kind === "word" ? rule.value.words[0] ?? "" : SAMPLES[rule.value.kind];
        assert.equal(parseValue(sample, rule.value), sample);
        return printFlag({ rule, value: sample }, KUBECTL);
      });
      const output = await runKubectl([...wordsOf(verb), ...flags, ...NOWHERE]);
      assert.doesNotMatch(output, /unknown (?:shorthand )?flag|invalid argument|bad flag syntax|unknown command/);
    },
  });
}

const READING = [
  { name: "underscores are dashes", args: ["get", "pods", "--all_namespaces"], isTaken: true },
  { name: "names are not abbreviated", args: ["get", "pods", "--all-name"], isTaken: false },
  { name: "short flags cluster, the last with its value", args: ["get", "pods", "-Aowide"], isTaken: true },
  { name: "a short flag takes = too", args: ["get", "pods", "-n=default"], isTaken: true },
  { name: "a short switch takes = too", args: ["get", "pods", "-A=false"], isTaken: true },
  { name: "three dashes are an error", args: ["get", "pods", "---A"], isTaken: false },
  { name: "the namespace may stand before the verb", args: ["-n", "default", "get", "pods"], isTaken: true },
  { name: "the namespace may stand inside top", args: ["top", "-n", "default", "pods"], isTaken: true },
  { name: "a server hides in a cluster", args: ["get", "pods", "-Ashttp://127.0.0.1:2"], isTaken: true },
] as const;

for (const { name, args, isTaken } of READING) {
  Deno.test({
    name: `kubectl reads flags as the policy assumes: ${name}`,
    ignore: !isTableVersion,
    fn: async () => {
      const output = await runKubectl([
        ...args,
        "--request-timeout=1s",
        ...isTaken && args.some((arg) => arg.includes("http")) ? [] : NOWHERE,
      ]);
      assert.equal(/unknown (?:shorthand )?flag|bad flag syntax/.test(output), !isTaken, output);
    },
  });
}

/** What the tool asked for, as the server saw it. */
interface SeenRequest {
  readonly method: string | undefined;
  readonly host: string | undefined;
  readonly url: string | undefined;
}

/** Answers every request with a redirect to itself, and remembers what was asked. */
async function startRedirector() {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    seen.push({ method: request.method, host: request.headers.host, url: request.url });
    response.writeHead(302, { location: "/elsewhere", connection: "close" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    seen,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function parsed(words: readonly string[]): ParsedCommand {
  const tool = NETWORK_TOOLS.find((rule) => rule.name === words[0]);
  assert.ok(tool);
  const verb = findVerb(words.slice(1), tool);
  assert.ok(verb.ok);
  const command = parseArguments(tool, verb.value);
  assert.ok(command.ok);
  return command.value;
}

const present = async (name: string) => (await runTool("which", [name])).code === 0;
for (
  const { tool, line } of [
    { tool: "curl", line: (url: string) => ["curl", "-I", "-s", url] },
    { tool: "wget", line: (url: string) => ["wget", "--spider", "-T", "5", url] },
  ]
) {
  Deno.test({
    name: `${tool} connects to the checked address alone, under the name, and follows no redirect and no proxy`,
    ignore: !await present(tool),
    fn: async () => {
      await using server = await startRedirector();
      const command = parsed(line(`http://pinned.example:${server.port}/a?b=c`));
      const [program = "", ...args] = pinDestination(command, "127.0.0.1", 5000);
      const nowhere = "http://127.0.0.1:1";
      await runTool(program, args, { env: { http_proxy: nowhere, ALL_PROXY: nowhere, HOME: "/nonexistent" } });
      assert.deepEqual(server.seen, [{ method: "HEAD", host: `pinned.example:${server.port}`, url: "/a?b=c" }]);
    },
  });
}
