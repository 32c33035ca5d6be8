import assert from "node:assert/strict";
import { decodeResult, probeCommand, startCommandHarness } from "../../test/support/command_harness.ts";
import { eventually } from "../../sandbox/eventually.ts";
import type { CommandResult } from "../wire/command_result.ts";
import { REPLIED_HEADER } from "../wire/replied_header.ts";
import { verifyAudit } from "./audit/verify_audit.ts";

const OUTCOMES: readonly { name: string; given: string | object; want: Partial<CommandResult> }[] = [
  {
    name: "a success",
    given: probeCommand("c1", "hello"),
    want: { command_id: "c1", cluster_id: "local", status: "success", output: "hello\n", error: "", exit_code: 0 },
  },
  {
    name: "a failure keeps output and error apart",
    given: probeCommand("c1", "fail"),
    want: { status: "failed", output: "out\n", error: "bad", exit_code: 7 },
  },
  {
    name: "what a success says on standard error is not lost",
    given: probeCommand("c1", "empty"),
    want: { status: "success", output: "No resources found\n", error: "" },
  },
  {
    name: "secrets and control sequences are out",
    given: probeCommand("c1", "secret"),
    want: { output: "DB_PASSWORD=[REDACTED:assignment]\nred\n" },
  },
  {
    name: "a timeout",
    given: probeCommand("c1", "sleep", { timeout: "300ms" }),
    want: { status: "timeout", exit_code: -1, output: "" },
  },
  {
    name: "a refusal by the policy",
    given: { id: "c1", type: "diagnostic", tool: "bash", args: ["-c", "id"] },
    want: { status: "failed", exit_code: -1, output: "" },
  },
  {
    name: "an undecodable message that has an id",
    given: { id: "c1", type: "info", tool: 7 },
    want: { command_id: "c1", status: "failed" },
  },
  { name: "an undecodable message that has none", given: "hello", want: { command_id: "", status: "failed" } },
  {
    name: "a configured tool that is not installed",
    given: { id: "c1", type: "diagnostic", tool: "absent" },
    want: { status: "failed", exit_code: -1 },
  },
];

const REFUSALS: Readonly<Record<string, string>> = {
  "a refusal by the policy": "unknown_tool",
  "an undecodable message that has an id": "invalid_command",
  "an undecodable message that has none": "not_json",
  "a configured tool that is not installed": "tool_missing",
};

for (const { name, given, want } of OUTCOMES) {
  Deno.test(`command service: ${name}`, async () => {
    await using harness = await startCommandHarness();
    const answer = await harness.ask(given);
    assert.deepEqual({ ...answer, ...want }, answer);
    assert.equal(answer.refusal?.code, REFUSALS[name]);
    if (answer.command_id === "") return;
    const published = await eventually("a result in the outbox", () => harness.results[0]);
    assert.deepEqual(decodeResult(published.body), answer);
    assert.equal(published.subject, "agent.result.local");
  });
}

Deno.test("command service: 1,500 copies of a command that runs are all answered with its answer", async () => {
  await using harness = await startCommandHarness();
  const copies = Array.from({ length: 1500 }, () => harness.deliver(probeCommand("same", "sleep", { timeout: "1s" })));
  await eventually("1,500 answers", () => copies.every((list) => list.length === 1), 60_000);
  assert.deepEqual(new Set(copies.map(([answer]) => answer?.status)), new Set(["timeout"]));
});

Deno.test("command service: 1,000 commands at once are all answered, done or busy, none twice", async () => {
  await using harness = await startCommandHarness();
  const answers = Array.from({ length: 1000 }, (_, i) => harness.deliver(probeCommand(`c${i}`, "hello")));
  await eventually(
    "1,000 results",
    () => harness.results.length === 1000 && answers.every((list) => list.length === 1),
    60_000,
  );
  const codes = answers.map(([answer]) => answer?.refusal?.code ?? answer?.output);
  const count = (code: string) => codes.filter((other) => other === code).length;
  assert.equal(count("hello\n") + count("busy"), 1000);
  assert.ok(count("hello\n") >= 104, `${count("hello\n")} were done`);
  assert.equal(new Set(harness.results.map((message) => message.id)).size, 1000);
  assert.equal(answers.every((list) => list.length === 1), true);
});

Deno.test("command service: no more than four run at a time, and the gauges go back to zero", async () => {
  await using harness = await startCommandHarness();
  let most = 0;
  for (let i = 0; i < 12; i++) harness.publish(probeCommand(`c${i}`, "nap"));
  await eventually("12 results", () => {
    most = Math.max(most, harness.service.running());
    return harness.results.length === 12;
  });
  assert.equal(most, 4);
  assert.deepEqual([harness.service.running(), harness.service.queued()], [0, 0]);
});

Deno.test("command service: names are looked up inside a slot, and what needs no lookup is answered meanwhile", async () => {
  const lookups: PromiseWithResolvers<readonly string[]>[] = [];
  await using harness = await startCommandHarness({
    lookUp: () => {
      const lookup = Promise.withResolvers<readonly string[]>();
      lookups.push(lookup);
      return lookup.promise;
    },
  });
  const waiting = Array.from(
    { length: 12 },
    (_, i) => harness.deliver({ id: `c${i}`, type: "diagnostic", tool: "ping", args: [`h${i}.silent.example`] }),
  );
  const refused = await harness.ask({ id: "r", type: "diagnostic", tool: "ping", args: ["--flood", "a.example"] });
  assert.equal(refused.refusal?.code, "unknown_flag");
  assert.deepEqual([lookups.length, harness.service.running(), harness.service.queued()], [4, 4, 8]);
  for (let answered = 0; answered < 12; answered++) {
    await eventually("the next lookup", () => lookups.length > answered);
    assert.ok(lookups.length <= answered + 4, `${lookups.length} lookups while ${answered} are answered`);
    lookups[answered]?.resolve([]);
  }
  await eventually("12 answers", () => waiting.every(([answer]) => answer?.refusal?.code === "unresolved_host"));
  assert.deepEqual([harness.service.running(), harness.service.queued()], [0, 0]);
});

Deno.test("command service: at shutdown a command whose name is looked up is answered", async () => {
  await using harness = await startCommandHarness({ lookUp: () => new Promise(() => {}) });
  const answers = harness.deliver({ id: "c", type: "diagnostic", tool: "ping", args: ["h.silent.example"] });
  await eventually("it has its slot", () => harness.service.running() === 1);
  await harness.stop();
  assert.deepEqual(answers.map(({ refusal }) => refusal?.code), ["shutting_down"]);
  assert.equal(harness.service.running(), 0);
});

Deno.test("command service: a second delivery gets the first result again, also while that one still runs", async () => {
  await using harness = await startCommandHarness();
  const first = harness.deliver(probeCommand("same", "nap"));
  const second = harness.deliver(probeCommand("same", "nap", { created_at: new Date().toISOString() }));
  await eventually("both are answered", () => first.length === 1 && second.length === 1);
  const third = await harness.ask(probeCommand("same", "nap"));
  assert.deepEqual(second, first);
  assert.deepEqual([third], first);
  assert.equal(harness.results.length, 1);
  assert.match(
    await harness.telemetry.expose().then(({ body }) => body),
    /agent_commands_total\{tool="probe",verdict="repeated"\} 2/,
  );
});

Deno.test("command service: another command with a known id is refused and does not disturb the first", async () => {
  await using harness = await startCommandHarness();
  const first = await harness.ask(probeCommand("same", "hello"));
  const other = await harness.ask(probeCommand("same", "fail"));
  assert.equal(other.refusal?.code, "duplicate");
  assert.deepEqual(await harness.ask(probeCommand("same", "hello")), first);
  const ids = harness.results.map((message) => message.id);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("command service: a command answered busy may be sent again", async () => {
  await using harness = await startCommandHarness({ concurrency: 1, queue: 0 });
  const running = harness.deliver(probeCommand("long", "nap"));
  const refused = await harness.ask(probeCommand("later", "hello"));
  assert.equal(refused.refusal?.code, "busy");
  await eventually("the first is done", () => running.length === 1);
  assert.equal((await harness.ask(probeCommand("later", "hello"))).output, "hello\n");
});

Deno.test("command service: a result fits the largest message after escaping", async () => {
  await using harness = await startCommandHarness({ maxPayloadBytes: 8192 });
  const answer = await harness.ask(probeCommand("c1", "quotes"));
  assert.equal(answer.truncated, true);
  const [published] = harness.results;
  assert.ok(published !== undefined && published.body.length <= 8192 - 1024 && published.body.length > 6000);
});

Deno.test("command service: at shutdown running and waiting commands are answered", async () => {
  await using harness = await startCommandHarness({ concurrency: 2 });
  const answers = Array.from({ length: 6 }, (_, i) => harness.deliver(probeCommand(`c${i}`, "sleep")));
  await eventually("two run and four wait", () => harness.service.running() === 2 && harness.service.queued() === 4);
  await harness.stop();
  assert.deepEqual(answers.map((list) => list.map((answer) => answer.refusal?.code)), Array(6).fill(["shutting_down"]));
  assert.equal(harness.results.length, 6);
});

Deno.test("command service: one audit line a decision, chained, with who, what, why and how much", async () => {
  await using harness = await startCommandHarness();
  await harness.ask(probeCommand("c1", "secret", { issued_by: "alice\n{}", correlation_id: "t-1" }));
  await harness.ask({ id: "c2", type: "diagnostic", tool: "kubectl", action: "get", args: ["pods", "--watch"] });
  await eventually("three lines", () => harness.audit.length === 3);
  const [started, done, refused] = harness.audit.map((line): Record<string, unknown> => JSON.parse(line));
  assert.deepEqual(
    [started?.event, started?.command_id, started?.issued_by, started?.tool, started?.argv_sha256, started?.verdict],
    ["started", "c1", "alice\n{}", "probe", done?.argv_sha256, "allowed"],
  );
  assert.deepEqual([done?.event, done?.started_seq, refused?.event], ["ended", started?.seq, "decision"]);
  assert.deepEqual(
    [
      done?.issued_by,
      done?.correlation_id,
      done?.tool,
      done?.verdict,
      done?.status,
      done?.exit_code,
      done?.output_bytes,
    ],
    ["alice\n{}", "t-1", "probe", "allowed", "success", 0, 33],
  );
  assert.deepEqual([done?.redactions, done?.control_sequences], [{ assignment: 1 }, 2]);
  assert.deepEqual([refused?.verdict, refused?.layer, refused?.exit_code], ["refused", "arguments", -1]);
  async function* bytes() {
    yield await Promise.resolve(new TextEncoder().encode(`${harness.audit.join("\n")}\n`));
  }
  assert.equal((await verifyAudit([bytes()])).kind, "intact");
});

Deno.test("command service: tool names of messages never become metric labels", async () => {
  await using harness = await startCommandHarness();
  await harness.ask({ id: "c1", type: "diagnostic", tool: 'x"} 1\nforged', args: [] });
  const { body } = await harness.telemetry.expose();
  assert.doesNotMatch(body, /forged/);
  assert.match(body, /agent_commands_total\{tool="other",verdict="refused"\} 1/);
  assert.match(body, /agent_command_refusals_total\{layer="tool",code="unknown_tool"\} 1/);
});

for (const subject of ["agent.result.prod-us-1", "$JS.API.STREAM.PURGE.AGENT", "orders.created"]) {
  Deno.test(`command service: a command with the reply subject ${subject} is answered on the result subject alone`, async () => {
    await using harness = await startCommandHarness();
    const answers = harness.deliver(probeCommand("c1", "hello"), {}, subject);
    const result = await eventually("the result", () => harness.results[0]);
    assert.equal(result.headers?.[REPLIED_HEADER], undefined);
    const again = harness.deliver(probeCommand("c1", "hello"), {}, subject);
    await eventually("the result again", () => harness.results.length === 2);
    assert.deepEqual([...answers, ...again], []);
    const lines = await eventually("three lines", () => harness.audit.length === 3 && harness.audit);
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).reply_withheld),
      [undefined, subject, subject],
    );
  });
}

Deno.test("command service: remembered answers are bounded in bytes, and those that are forgotten are counted", async () => {
  await using harness = await startCommandHarness({ maxResultBytes: 30_000 });
  for (const id of ["c1", "c2", "c3"]) await harness.ask(probeCommand(id, "quotes"));
  const { results } = harness.service.bytes();
  assert.ok(results <= 30_000, `${results} bytes`);
  await eventually("nothing is open", () => harness.service.bytes().open === 0);
  assert.equal((await harness.ask(probeCommand("c1", "quotes"))).refusal?.code, "duplicate");
  const { body } = await harness.telemetry.expose();
  assert.match(body, /agent_command_answers_dropped_total 3/);
});
