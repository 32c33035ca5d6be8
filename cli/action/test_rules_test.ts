import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import { runProgramUnderTest } from "../../test/support/program_under_test.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";

const MISSING_IMAGE = {
  kind: "Event",
  metadata: { name: "web-1.17f", namespace: "shop" },
  involvedObject: { kind: "Pod", namespace: "shop", name: "web-1" },
  type: "Warning",
  reason: "Failed",
  message: 'Failed to pull image "web:v2": manifest unknown',
};
const STARTED = {
  metadata: { name: "web-1.180", namespace: "shop", uid: null },
  regarding: { kind: "Pod", namespace: "shop", name: "web-1" },
  type: "Normal",
  reason: "Started",
  note: "Started container web",
};
const MISSING_IMAGE_LINE =
  '{"name":"web-1.17f","namespace":"shop","reported":true,"rule":"image.pull.not_found","severity":"high","category":"image","reason":"Failed"}\n';
const STARTED_LINE =
  '{"name":"web-1.180","namespace":"shop","reported":false,"rule":null,"severity":null,"category":null,"reason":"Started"}\n';

const pretty = (value: unknown) => JSON.stringify(value, null, 4);
const toUtf16 = (text: string) => Buffer.from(text, "utf16le");

const SHAPES: readonly { name: string; given: string }[] = [
  { name: "a List", given: JSON.stringify({ kind: "List", items: [MISSING_IMAGE, STARTED] }, null, 4) },
  { name: "an array on one line", given: JSON.stringify([MISSING_IMAGE, STARTED]) },
  { name: "an array over many lines", given: JSON.stringify([MISSING_IMAGE, STARTED], null, 2) },
  { name: "one Event a line", given: `${JSON.stringify(MISSING_IMAGE)}\n\n${JSON.stringify(STARTED)}\r\n` },
  { name: "a List behind a byte order mark", given: `\ufeff${JSON.stringify({ items: [MISSING_IMAGE, STARTED] })}` },
  {
    name: "the changes of a watch",
    given: [MISSING_IMAGE, STARTED].map((object) => JSON.stringify({ type: "ADDED", object })).join("\n"),
  },
  { name: "objects one after the other", given: [MISSING_IMAGE, STARTED].map(pretty).join("\n") },
  { name: "a List after a List", given: [{ items: [MISSING_IMAGE] }, { items: null }, [STARTED]].map(pretty).join("") },
  { name: "YAML documents", given: `---\n${[MISSING_IMAGE, STARTED].map((event) => stringify(event)).join("---\n")}` },
  { name: "a List in YAML", given: stringify({ apiVersion: "v1", kind: "List", items: [MISSING_IMAGE, STARTED] }) },
];

for (const [name, encode] of [["utf16le", toUtf16], ["utf16be", (text: string) => toUtf16(text).swap16()]] as const) {
  for (const mark of ["\ufeff", ""]) {
    Deno.test(`test-rules reads a file in ${name} ${mark === "" ? "without a" : "with its"} byte order mark`, async () => {
      await using dir = await createTempDir();
      await writeFile(dir.file("events.json"), encode(mark + JSON.stringify([MISSING_IMAGE, STARTED])));
      const run = await runProgramUnderTest(["test-rules", dir.file("events.json"), "--output", "json"]);
      assert.deepEqual([run.exitCode, run.stdout, run.stderr], [0, MISSING_IMAGE_LINE + STARTED_LINE, ""]);
    });
  }
}

Deno.test("test-rules says which signs an event that no rule knows was graded by", async () => {
  const unknown = { ...MISSING_IMAGE, reason: "MirrorDegraded", message: "one leg is gone" };
  const json = await runProgramUnderTest(["test-rules", "--output", "json"], { stdin: JSON.stringify(unknown) });
  assert.deepEqual(JSON.parse(json.stdout).graded_by, ["unknown.degraded"]);
  const text = await runProgramUnderTest(["test-rules"], { stdin: JSON.stringify(unknown) });
  assert.match(text.stdout, /high +unknown\.degraded +No rule knows it; graded high by the signs unknown\.degraded/);
});

for (const { name, given } of SHAPES) {
  Deno.test(`test-rules reads ${name} and prints a JSON line an event, in order`, async () => {
    const run = await runProgramUnderTest(["test-rules", "--output", "json"], { stdin: given });
    assert.deepEqual([run.exitCode, run.stdout, run.stderr], [0, MISSING_IMAGE_LINE + STARTED_LINE, ""]);
  });
}

Deno.test("test-rules reads a single object over many lines", async () => {
  const run = await runProgramUnderTest(["test-rules", "-", "--output", "json"], {
    stdin: JSON.stringify(MISSING_IMAGE, null, 2),
  });
  assert.deepEqual([run.exitCode, run.stdout], [0, MISSING_IMAGE_LINE]);
});

Deno.test("test-rules prints columns and how many are reported", async () => {
  const run = await runProgramUnderTest(["test-rules"], { stdin: JSON.stringify([MISSING_IMAGE, STARTED]) });
  const lines = run.stdout.split("\n").filter((line) => line !== "").map((line) => line.split(/\s{2,}/));
  assert.deepEqual(lines[0], ["OBJECT", "REASON", "VERDICT", "SEVERITY", "RULE", "MEANING"]);
  assert.deepEqual(lines[1]?.slice(0, 5), ["shop/Pod/web-1", "Failed", "reported", "high", "image.pull.not_found"]);
  assert.deepEqual(lines[2]?.slice(0, 4), ["shop/Pod/web-1", "Started", "ignored", "-"]);
  assert.deepEqual(lines.at(-1), ["1 of 2 events reported"]);
});

Deno.test("test-rules never lets an event's text control the terminal", async () => {
  const hostile = { ...MISSING_IMAGE, reason: "\u001b[2Jgone\u202e" };
  const run = await runProgramUnderTest(["test-rules"], { stdin: JSON.stringify(hostile) });
  assert.equal(run.exitCode, 0);
  assert.doesNotMatch(run.stdout, /[^\P{C}\n]/u);
});

Deno.test("test-rules takes events.rules and unknown_warnings of a configuration", async () => {
  await using dir = await createTempDir("test-rules");
  const config = dir.file("config.yaml");
  await writeFile(
    config,
    "events:\n  unknown_warnings: drop\n  rules:\n    - {id: image.pull.not_found, severity: critical}\n",
  );
  const unknown = { ...MISSING_IMAGE, reason: "Nobody" };
  const run = await runProgramUnderTest(["test-rules", "--config", config, "--output", "json"], {
    stdin: JSON.stringify([MISSING_IMAGE, unknown]),
  });
  const verdicts = run.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(verdicts.map(({ reported, rule, severity }) => [reported, rule, severity]), [
    [true, "image.pull.not_found", "critical"],
    [false, null, null],
  ]);
});

Deno.test("test-rules ends with 78 on a rule that can't work, and names it", async () => {
  await using dir = await createTempDir("test-rules");
  const config = dir.file("config.yaml");
  await writeFile(config, 'events:\n  rules:\n    - {id: team.slow, reason: X, match: "(a+)+$", severity: low}\n');
  const run = await runProgramUnderTest(["test-rules", "--config", config], { stdin: "[]" });
  assert.equal(run.exitCode, 78);
  assert.match(run.stderr, /config\.yaml:3:\d+: events\.rules\[0\]\.match: .*rule team\.slow: .*catastrophic/);
});

const BAD_INPUT: readonly { name: string; given: string; want: RegExp }[] = [
  {
    name: "a broken line among lines, with its number",
    given: `${JSON.stringify(MISSING_IMAGE)}\n{"kind":\n${JSON.stringify(STARTED)}`,
    want: /standard input:2: .*one Event a line/,
  },
  {
    name: "a word inside an object over many lines, with its line",
    given: '{\n  "kind": "Event",\n  "count": many,\n  "type": "Warning"\n}\n',
    want: /standard input:3: Unexpected token 'm'/,
  },
  {
    name: "a missing comma, with its line",
    given: '[\n  {},\n  {"a": 1\n   "b": 2}\n]',
    want: /standard input:4: /,
  },
  { name: "an input that stops early, with its last line", given: '[\n  {},\n  {"a":\n', want: /standard input:\d: / },
  { name: "plain text", given: "LAST SEEN   TYPE\n5m  Warning\n", want: /standard input:1: .*JSON is right/ },
  {
    name: "a list of Pods",
    given: JSON.stringify({ kind: "List", items: [MISSING_IMAGE, { kind: "Pod", metadata: {} }] }),
    want: /standard input: item 2: found a Pod, not an Event/,
  },
  { name: "numbers", given: "[1]", want: /item 1: found 1, not an Event/ },
  {
    name: "a line that is no object among lines, with its own number alone",
    given: `${`${JSON.stringify(STARTED)}\n`.repeat(3)}oops\n`,
    want: /^standard input:4: Unexpected token 'o'; a List/,
  },
  {
    name: "a broken object in the fourth line, without the parser's place",
    given: `${`${JSON.stringify(STARTED)}\n`.repeat(3)}{"kind" "Event"}\n`,
    want: /^standard input:4: Expected ':' after property name; a List/,
  },
  {
    name: "control characters, which are not shown",
    given: `[\u001b[2J\u009b\u202e]`,
    want: /^standard input:1: [^\p{C}]*\n$/u,
  },
  {
    name: "a kind of control characters, which are not shown",
    given: JSON.stringify({ kind: "\u001b[2J\u009bPod\u2028" }),
    want: /^standard input: found a \ufffd\[2J\ufffdPod\ufffd, [^\p{C}]*\n$/u,
  },
  {
    name: "a broken YAML document, with its line",
    given: "kind: Event\n---\nkind: Event\nmetadata: {name: x\n",
    want: /^standard input:\d: .*YAML/,
  },
  {
    name: "another kind in YAML",
    given: "kind: Pod\nmetadata: {}\n",
    want: /standard input: found a Pod, not an Event/,
  },
  ...["", "\n\n", "[]", '{"kind": "List", "items": []}', '{"kind": "EventList", "items": null}', "items:\n"].map((
    given,
  ) => ({
    name: `no events in ${JSON.stringify(given)}`,
    given,
    want: /^standard input: the input holds no events; /,
  })),
  { name: "an object without metadata", given: "{}", want: /it has no metadata/ },
];

for (const { name, given, want } of BAD_INPUT) {
  Deno.test(`test-rules ends with 65 and prints no verdict for ${name}`, async () => {
    const run = await runProgramUnderTest(["test-rules", "-"], { stdin: given });
    assert.deepEqual([run.exitCode, run.stdout], [65, ""]);
    assert.match(run.stderr, want);
  });
}

Deno.test("test-rules ends with 65 for a file that is not there", async () => {
  const run = await runProgramUnderTest(["test-rules", "/nowhere/events.json"]);
  assert.deepEqual([run.exitCode, run.stdout], [65, ""]);
  assert.match(run.stderr, /Cannot read \/nowhere\/events\.json/);
});
