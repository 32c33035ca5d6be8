import assert from "node:assert/strict";
import { parseAllDocuments, parseDocument } from "yaml";
import { runCliInProcess } from "../test/support/run_cli_in_process.ts";
import type { OutputStream } from "./cli_context.ts";
import { formatData } from "./output_form.ts";
import { guardTerminal } from "./terminal_guard.ts";

const EVENTS = ["a", "b"].map((name) =>
  JSON.stringify({
    metadata: { name, namespace: "shop", uid: name },
    involvedObject: { kind: "Pod", namespace: "shop", name },
    type: "Warning",
    reason: "Failed",
    message: "yes: no\u202e\u001b[31m",
  })
).join("\n");

const COMMANDS: readonly { readonly args: readonly string[]; readonly stdin?: string }[] = [
  { args: ["version"] },
  { args: ["check-command", "kubectl", "get", "pods"] },
  { args: ["check-command", "kubectl", "delete", "pods"] },
  { args: ["test-rules"], stdin: EVENTS },
  { args: ["validate-config", "-"], stdin: "central_endpoint: 5\nhealth_pord: 1\n" },
];

for (const { args, stdin = "" } of COMMANDS) {
  Deno.test(`the same in YAML as in JSON: agent ${args.join(" ")}`, async () => {
    const [command = "", ...rest] = args;
    const run = (form: string) => runCliInProcess([command, "-o", form, ...rest], { stdin });
    const [json, yaml] = [await run("json"), await run("yaml")];
    assert.equal(yaml.exitCode, json.exitCode);
    const lines = json.stdout.trim().split("\n").map((line) => JSON.parse(line));
    const documents = parseAllDocuments(yaml.stdout);
    assert.deepEqual(documents.map((document) => "toJS" in document ? document.toJS() : null), lines);
  });
}

Deno.test("what YAML 1.1 would not read as text is quoted", () => {
  const texts = {
    namespace: "no",
    cluster: "on",
    id: "1e5",
    at: "2026-11-30T18:32:40.873Z",
    code: "0644",
    plain: "prod",
  };
  const yaml = formatData("yaml", texts);
  assert.deepEqual(parseDocument(yaml, { version: "1.1" }).toJS(), texts);
  assert.match(yaml, /^plain: prod$/m);
});

Deno.test("a terminal is steered by the program's own sequences, and by no text", () => {
  const written: string[] = [];
  const stream: OutputStream = { isTTY: true, write: (text) => written.push(text) > 0 };
  const guarded = guardTerminal(stream);
  guarded.write("a\u001b[2Jb");
  guarded.steer?.("\u001b[H\u001b[2J");
  assert.deepEqual(written, ["ab", "\u001b[H\u001b[2J"]);
  assert.equal(guardTerminal({ write: () => true }).steer, undefined);
});
