import assert from "node:assert/strict";
import { Command } from "@commander-js/extra-typings";
import { AgentError, type FailureKind } from "../src/lifecycle/errors.ts";
import { PROGRAM, runProgramUnderTest } from "../test/support/program_under_test.ts";
import { runCli } from "./cli.ts";

const USAGE = [
  { name: "an unknown subcommand", args: ["versoin"], want: /unknown command 'versoin'\n\(Did you mean version\?\)/ },
  {
    name: "an unknown option",
    args: ["version", "--ouput", "json"],
    want: /unknown option '--ouput'\n\(Did you mean --output\?\)/,
  },
  { name: "an unknown choice", args: ["version", "--output", "xml"], want: /Allowed choices are text, json/ },
  { name: "an argument too many", args: ["version", "now"], want: /too many arguments/ },
  { name: "a missing argument", args: ["completion"], want: /missing required argument 'shell'/ },
  { name: "a missing value", args: ["validate-config", "--nats"], want: /argument missing/ },
  { name: "no subcommand", args: [], want: /Usage: agent/ },
];

for (const { name, args, want } of USAGE) {
  Deno.test(`the command line ends with 2 on ${name}`, async () => {
    const run = await runProgramUnderTest(args);
    assert.equal(run.exitCode, 2);
    assert.equal(run.stdout, "");
    assert.match(run.stderr, want);
  });
}

Deno.test("agent --version and agent version say version, commit and runtime", async () => {
  const flag = await runProgramUnderTest(["--version"]);
  const text = await runProgramUnderTest(["version"]);
  const json = await runProgramUnderTest(["version", "--output", "json"]);
  const want = PROGRAM.built
    ? /^agent \d+\.\d+\.\d+ \(commit (?:[0-9a-f]{12,40}(?:-dirty)?|unknown), (?:deno|node) \d+\.\d+\.\d+\)\n$/
    : /^agent \d+\.\d+\.\d+ \(commit source, deno \d+\.\d+\.\d+\)\n$/;
  assert.match(flag.stdout, want);
  assert.equal(text.stdout, flag.stdout);
  assert.deepEqual(Object.keys(JSON.parse(json.stdout)), ["version", "commit", "runtime"]);
  assert.deepEqual([flag.exitCode, text.exitCode, json.exitCode], [0, 0, 0]);
});

const FAILURES: readonly { readonly kind: FailureKind; readonly want: number }[] = [
  { kind: "failed", want: 1 },
  { kind: "bad_usage", want: 2 },
  { kind: "bad_input", want: 65 },
  { kind: "unreachable", want: 69 },
  { kind: "not_permitted", want: 77 },
  { kind: "bad_configuration", want: 78 },
];

/** Runs a program whose one subcommand throws. */
async function runFailing(error: Error, env: Record<string, string> = {}) {
  const written: string[] = [];
  const write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  const stdin = Object.assign(new ReadableStream<Uint8Array>(), { isTTY: false });
  const signal = new AbortController().signal;
  const failing = () => new Command("fail").action(() => Promise.reject(error));
  const exitCode = await runCli(["fail"], {
    stdout: { write },
    stderr: { write },
    stdin,
    env,
    signal,
    endInOrder: () => {},
  }, [failing]);
  return { exitCode, written: written.join("") };
}

for (const { kind, want } of FAILURES) {
  Deno.test(`a failure of kind ${kind} ends with ${want} and its message alone`, async () => {
    const run = await runFailing(new AgentError(kind, "Cannot do it: no; do that"));
    assert.deepEqual(run, { exitCode: want, written: "Cannot do it: no; do that\n" });
  });
}

Deno.test("an unexpected error ends with 1 and shows its stack only at log level debug", async () => {
  const plain = await runFailing(new TypeError("x is not a function"));
  assert.equal(plain.exitCode, 1);
  assert.match(
    plain.written,
    /^Unexpected error: x is not a function\nThis is a fault of the agent\. Please report it/,
  );
  const debug = await runFailing(new TypeError("x is not a function"), { LOG_LEVEL: "debug" });
  assert.match(debug.written, /\n +at .*cli_test\.ts/);
});
