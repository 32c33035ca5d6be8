import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { eventually } from "../../sandbox/eventually.ts";
import { probeCommand, startCommandHarness } from "../../test/support/command_harness.ts";
import { verifyAuditFiles } from "./audit/verify_audit_files.ts";

Deno.test("audited commands: the line of the start is on disk before the tool runs", async () => {
  await using harness = await startCommandHarness({ auditFile: true });
  const { output } = await harness.ask(probeCommand("c1", "audited"));
  assert.match(output, /^\{"audit":"v1","seq":1,.*"event":"started".*"command_id":"c1".*\}\n$/);
});

Deno.test("audited commands: where the line of the start can't be written nothing runs, and the id is free again", async () => {
  await using harness = await startCommandHarness({ auditFile: "/dev/full" });
  for (const _ of ["first", "again"]) {
    const { refusal, status } = await harness.ask(probeCommand("c1", "count"));
    assert.deepEqual([status, refusal?.layer, refusal?.code], ["failed", "envelope", "audit_not_kept"]);
  }
  assert.deepEqual((await readdir(harness.folder)).filter((name) => name === "runs"), []);
  // What could not be kept in the file is not lost.
  const events = harness.audit.map((line) => /"event":"(\w+)".*"command_id":"c1"/.exec(line)?.[1]);
  assert.deepEqual(events.filter((event) => event !== undefined), ["started", "decision", "started", "decision"]);
});

Deno.test("audited commands: a flood that is refused at the door takes a few lines", async () => {
  await using harness = await startCommandHarness();
  const copies = Array.from({ length: 2_000 }, () => harness.deliver(`not json ${"\u00e9".repeat(500)}`));
  await eventually("2,000 answers", () => copies.every(([answer]) => answer?.refusal?.code === "not_json"), 60_000);
  await harness.stop();
  const told = await eventually("the number of the others", () => {
    const lines = harness.audit.map((line) => /"event":"flood","lines":(\d+)/.exec(line)?.[1] ?? "1");
    return lines.map(Number).reduce((sum, count) => sum + count, 0) === 2_000 && lines.length;
  });
  assert.ok(told < 200, `${told} lines`);
});

const SCRIPT = fileURLToPath(new URL("../../test/support/run_until_killed.ts", import.meta.url));

Deno.test("audited commands: kill -9 leaves a line of the start for everything that ran", async () => {
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, ["run", "-A", "--no-check", SCRIPT], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [printed]: unknown[] = await once(child.stdout, "data");
    const folder = String(printed).trim();
    try {
      const runs = async () => (await readFile(join(folder, "runs"), "utf8").catch(() => "")).split("\n").length - 1;
      await eventually("some have run", async () => await runs() > 5 + round, 30_000);
      child.kill("SIGKILL");
      await once(child, "close");
      // What was started a moment before the end may still be counting.
      const log = await readFile(join(folder, "audit"), "utf8");
      const started = log.split("\n").filter((line) => line.includes('"event":"started"')).length;
      assert.ok(started >= await runs(), `${started} lines, ${await runs()} runs`);
      const { verdict } = await verifyAuditFiles(join(folder, "audit"), {});
      assert.ok(verdict.kind === "intact" || /ends in the middle/.test(verdict.problem), JSON.stringify(verdict));
      assert.ok(verdict.unended.length <= 4, JSON.stringify(verdict));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
});
