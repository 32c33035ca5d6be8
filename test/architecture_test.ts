import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ARCHITECTURE_RULES, checkArchitecture } from "./support/architecture/architecture_rules.ts";
import { readSources } from "./support/architecture/read_sources.ts";
import { readSourceFacts } from "./support/architecture/source_facts.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

Deno.test("architecture: the repository keeps every rule", async () => {
  const files = await readSources(ROOT, ["src", "cli", "test", "tasks", "sandbox"]);
  assert.ok(files.length > 50, "the files were not found");
  const violations = checkArchitecture(files);
  assert.deepEqual(violations.map(({ rule, where, what }) => `${where}: ${rule}: ${what}`), []);
});

/** A planted violation of each rule; the rule must find it, and it alone. */
const PLANTED: readonly { rule: string; name: string; files: Readonly<Record<string, string>> }[] = [
  {
    rule: "imports run downwards",
    name: "a lower layer imports a higher one",
    files: { "src/wire/a.ts": `import { b } from "../events/b.ts"; b();` },
  },
  {
    rule: "imports run downwards",
    name: "events imports commands",
    files: { "src/events/a.ts": `import type { B } from "../commands/b.ts"; export type A = B;` },
  },
  {
    rule: "imports run downwards",
    name: "a dynamic import of a neighbour",
    files: { "src/report/a.ts": `export const a = () => import("../events/b.ts");` },
  },
  {
    rule: "every folder of src has a layer",
    name: "a folder of its own",
    files: { "src/stuff/a.ts": "export const a = 1;" },
  },
  {
    rule: "a product does not know its tests",
    name: "src imports test support",
    files: { "src/kube/a.ts": `import { freePort } from "../../test/support/free_port.ts"; freePort;` },
  },
  {
    rule: "a product does not know its tests",
    name: "the demo imports test support",
    files: { "cli/demo/a.ts": `import type { A } from "../../test/support/a.ts"; export type B = A;` },
  },
  {
    rule: "a product does not know its tests",
    name: "a task imports test support",
    files: { "tasks/a.ts": `import { a } from "../test/support/a.ts"; a;` },
  },
  {
    rule: "a product does not know its tests",
    name: "the sandbox imports test support",
    files: { "sandbox/a.ts": `import { a } from "../test/support/a.ts"; a;` },
  },
  {
    rule: "a product does not know its tests",
    name: "the command line imports a task",
    files: { "cli/a.ts": `import { a } from "../tasks/a.ts"; a;` },
  },
  {
    rule: "the sandbox stands on its own",
    name: "the sandbox imports the agent's client",
    files: { "sandbox/api/a.ts": `import { a } from "../../src/kube/a.ts"; a;` },
  },
  {
    rule: "only the demo runs on the sandbox",
    name: "src imports the sandbox",
    files: { "src/kube/a.ts": `import { findTool } from "../../sandbox/find_tool.ts"; findTool;` },
  },
  {
    rule: "only the demo runs on the sandbox",
    name: "a subcommand imports the sandbox",
    files: { "cli/action/a.ts": `import { findTool } from "../../sandbox/find_tool.ts"; findTool;` },
  },
  {
    rule: "only the demo runs on the sandbox",
    name: "a dynamic import that no bundler sees",
    files: { "cli/demo/a.ts": `export const a = () => import("../../sandbox/find_tool.ts");` },
  },
  {
    rule: "the demo is loaded only when it is asked for",
    name: "a subcommand imports the demo statically",
    files: { "cli/commands/demo.ts": `import { playStory } from "../demo/play_story.ts"; playStory();` },
  },
  {
    rule: "health knows lifecycle only",
    name: "health asks the bus",
    files: { "src/health/a.ts": `import type { B } from "../wire/b.ts"; export type A = B;` },
  },
  {
    rule: "only src/bus speaks NATS",
    name: "the command line connects by itself",
    files: { "cli/a.ts": `import { connect } from "@nats-io/transport-node"; connect();` },
  },
  {
    rule: "only src/bus speaks NATS",
    name: "a type of a NATS package in events",
    files: { "src/events/a.ts": `import type { Msg } from "npm:@nats-io/transport-node@3.4.0"; export type A = Msg;` },
  },
  {
    rule: "client-node is loaded by one file, lazily",
    name: "a value in another file of kube",
    files: { "src/kube/a.ts": `import { KubeConfig } from "@kubernetes/client-node"; new KubeConfig();` },
  },
  {
    rule: "client-node is loaded by one file, lazily",
    name: "a static import in the right file",
    files: { "src/kube/credentials.ts": `import { KubeConfig } from "@kubernetes/client-node"; new KubeConfig();` },
  },
  {
    rule: "OpenTelemetry is loaded only when traces are asked for",
    name: "the API in events",
    files: { "src/events/a.ts": `import { trace } from "@opentelemetry/api"; trace.getTracer("a");` },
  },
  {
    rule: "OpenTelemetry is loaded only when traces are asked for",
    name: "a static import of the file that loads it",
    files: {
      "cli/a.ts": `import { createOtelTracing } from "../src/telemetry/otel_tracing.ts"; createOtelTracing;`,
    },
  },
  {
    rule: "one file starts processes",
    name: "spawn in the command line",
    files: { "cli/a.ts": `import { spawn } from "node:child_process"; spawn("ls");` },
  },
  {
    rule: "imports can be read",
    name: "a computed import",
    files: { "src/bus/a.ts": "export const load = (name: string) => import(name);" },
  },
  {
    rule: "no Deno globals",
    name: "Deno.env in src",
    files: { "src/config/a.ts": `export const a = Deno.env.get("A");` },
  },
  {
    rule: "only the main file ends the process or listens to signals",
    name: "process.exit in a subcommand",
    files: { "cli/commands/a.ts": "export const a = () => process.exit(1);" },
  },
  {
    rule: "only the main file ends the process or listens to signals",
    name: "a signal listener in src",
    files: { "src/lifecycle/a.ts": `export const a = () => process.on("SIGTERM", () => {});` },
  },
  {
    rule: "no way around the type checker",
    name: "as unknown as",
    files: { "src/wire/a.ts": "export const a = (1 as unknown as string);" },
  },
  {
    rule: "no way around the type checker",
    name: "an ignored lint",
    files: { "src/wire/a.ts": "// deno-lint-ignore no-console\nexport const a = 1;" },
  },
  {
    rule: "no way around the type checker",
    name: "the type any",
    files: { "cli/a.ts": "export const a = (b: any) => b;" },
  },
  {
    rule: "handle… is for handlers",
    name: "an exported handleThing",
    files: { "src/wire/a.ts": "export function handleThing(): void {}" },
  },
  {
    rule: "a Prometheus registry is telemetry, never metrics",
    name: "a parameter",
    files: { "src/events/a.ts": "export const a = (metrics: Telemetry) => metrics;" },
  },
  {
    rule: "a Prometheus registry is telemetry, never metrics",
    name: "a variable",
    files: { "cli/a.ts": "const metrics = createTelemetry(); metrics;" },
  },
  {
    rule: "a Prometheus registry is telemetry, never metrics",
    name: "an export of telemetry",
    files: { "src/telemetry/a.ts": "export const createMetrics = 1;" },
  },
  {
    rule: "the status page is snake_case",
    name: "a key in camel case",
    files: { "src/agent/a_part.ts": "export const a = { status: () => ({ nats: { lastError: 1 } }) };" },
  },
  {
    rule: "the status page is snake_case",
    name: "a shorthand in a function beside it",
    files: { "src/agent/a_part.ts": "export function spoolStatus(usedBytes: number) { return { usedBytes }; }" },
  },
  { rule: "names say what a file is", name: "utils", files: { "src/wire/string_utils.ts": "export const a = 1;" } },
  { rule: "names say what a file is", name: "camelCase", files: { "cli/runAgent.ts": "export const a = 1;" } },
  { rule: "files are short", name: "401 lines", files: { "src/wire/a.ts": "export {};\n".repeat(401) } },
  { rule: "files are short", name: "601 lines of test", files: { "src/wire/a_test.ts": "export {};\n".repeat(601) } },
  {
    rule: "functions are short",
    name: "121 lines",
    files: { "cli/a.ts": `export function a(): void {\n${"  b();\n".repeat(119)}}` },
  },
  {
    rule: "functions are short",
    name: "callbacks without a name",
    files: { "src/wire/a.ts": `export const a = () => {\n  b(() => {\n${"    c();\n".repeat(118)}  });\n};` },
  },
  {
    rule: "functions are short",
    name: "a long method inside a factory",
    files: { "src/wire/a.ts": `export const a = () => ({\n  run() {\n${"    c();\n".repeat(119)}  },\n});` },
  },
  {
    rule: "no file imports itself in a circle",
    name: "a circle of three, one of them by type",
    files: {
      "src/wire/a.ts": `import { b } from "./b.ts"; export const a = b;`,
      "src/wire/b.ts": `import type { C } from "./c.ts"; export const b: C = 1;`,
      "src/wire/c.ts": `import { a } from "./a.ts"; a; export type C = number;`,
      "src/wire/d.ts": `import { a } from "./a.ts"; a;`,
    },
  },
  { rule: "no barrels", name: "only re-exports", files: { "src/wire/all.ts": `export * from "./event.ts";` } },
  { rule: "no barrels", name: "mod.ts", files: { "src/wire/mod.ts": "export const a = 1;" } },
  {
    rule: "test names are unique",
    name: "the same name in two files",
    files: {
      "src/wire/a_test.ts": `Deno.test("same", () => {});`,
      "src/wire/b_test.ts": `Deno.test({ name: "same", fn() {} });`,
    },
  },
  {
    rule: "tests do not sleep",
    name: "a promise over setTimeout",
    files: { "test/e2e/a_test.ts": "await new Promise((done) => setTimeout(done, 500));" },
  },
  {
    rule: "tests do not sleep",
    name: "a callback around resolve",
    files: { "src/kube/a_test.ts": "await new Promise<void>((resolve) => { setTimeout(() => resolve(), 5); });" },
  },
];

for (const { rule, name, files } of PLANTED) {
  Deno.test(`architecture: "${rule}" finds ${name}`, () => {
    const facts = Object.entries(files).map(([path, text]) => readSourceFacts(path, text));
    assert.deepEqual(checkArchitecture(facts).map((violation) => violation.rule), [rule]);
  });
}

Deno.test("architecture: every rule has a planted violation", () => {
  const covered = new Set(PLANTED.map(({ rule }) => rule));
  assert.deepEqual(ARCHITECTURE_RULES.map(({ id }) => id).filter((id) => !covered.has(id)), []);
});

const ALLOWED: readonly { name: string; path: string; text: string }[] = [
  {
    name: "signatures in commands",
    path: "src/commands/a.ts",
    text: `import { fromPublic } from "@nats-io/nkeys"; fromPublic;`,
  },
  {
    name: "types of client-node in kube",
    path: "src/kube/a.ts",
    text: `import type { V1Pod } from "@kubernetes/client-node"; export type P = V1Pod;`,
  },
  {
    name: "client-node, lazily, in its file",
    path: "src/kube/credentials.ts",
    text: `export const load = () => import("@kubernetes/client-node");`,
  },
  {
    name: "a schema of a domain folder in config",
    path: "src/config/a.ts",
    text: `import { rule } from "../events/rule.ts"; rule;`,
  },
  {
    name: "the demo imports the sandbox",
    path: "cli/demo/a.ts",
    text: `import { x } from "../../sandbox/nats_server.ts"; x;`,
  },
  {
    name: "a task imports the sandbox",
    path: "tasks/a.ts",
    text: `import { x } from "../sandbox/run_tool.ts"; x;`,
  },
  {
    name: "a test beside the sandbox imports test support",
    path: "sandbox/a_test.ts",
    text: `import { x } from "../test/support/free_port.ts"; x;`,
  },
  {
    name: "a subcommand loads the demo",
    path: "cli/commands/demo.ts",
    text: `export const a = () => import("../demo/a.ts");`,
  },
  {
    name: "a factory of short functions",
    path: "src/wire/a.ts",
    text: `export function a() {\n  function b() {\n${"  c();\n".repeat(100)}  }\n  const d = () => {\n${
      "  c();\n".repeat(100)
    }  };\n  return { b, d };\n}`,
  },
  {
    name: "the word process in a string",
    path: "src/wire/a.ts",
    text: `export const a = "process.exit Deno.env any";`,
  },
  {
    name: "a timer that does something",
    path: "test/a_test.ts",
    text: "const timer = setTimeout(() => stop(), 10); clearTimeout(timer);",
  },
];

for (const { name, path, text } of ALLOWED) {
  Deno.test(`architecture: allowed is ${name}`, () => {
    assert.deepEqual(checkArchitecture([readSourceFacts(path, text)]), []);
  });
}
