import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as z from "zod";
import { SUBJECT_KINDS } from "../../src/wire/subject.ts";
import { runCliInProcess } from "../../test/support/run_cli_in_process.ts";

async function printed(...kind: string[]): Promise<Record<string, unknown>> {
  const { stdout, exitCode } = await runCliInProcess(["schema", ...kind], { env: {} });
  assert.equal(exitCode, 0);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout));
}
const compile = (schema: object) => new Ajv2020({ strict: false, validateFormats: false }).compile(schema);

for (const kind of [...SUBJECT_KINDS, "config"]) {
  Deno.test(`schema ${kind}: it is a JSON Schema of an object, with fields`, async () => {
    const schema = await printed(kind);
    compile(schema);
    assert.match(JSON.stringify(schema), /"properties":\{"/);
    assert.equal(compile(schema)("text"), false);
  });
}

Deno.test("schema command: what exec sends fits, and what has no id does not", async () => {
  const fits = compile(await printed("command"));
  const command = { id: "1", type: "diagnostic", tool: "kubectl", action: "get", args: ["nodes"] };
  assert.equal(fits(command), true, JSON.stringify(fits.errors));
  const { id: _id, ...nameless } = command;
  assert.equal(fits(nameless), false);
});

Deno.test("schema heartbeat: fields of a later version are no fault", async () => {
  const fits = compile(await printed("heartbeat"));
  const metrics = { event_queue_size: 0, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 };
  const beat = { cluster_id: "c", timestamp: "2026-01-02T03:04:05Z", status: "healthy", metrics };
  assert.equal(fits({ ...beat, of_a_later_version: true }), true, JSON.stringify(fits.errors));
});

Deno.test("schema: without a kind it is one document with all of them", async () => {
  const { $defs } = await printed();
  assert.deepEqual(Object.keys(z.record(z.string(), z.unknown()).parse($defs)), ["config", ...SUBJECT_KINDS]);
  compile({ $defs, $ref: "event" });
});

Deno.test("schema: a kind that there is not is bad usage", async () => {
  const { exitCode, stderr } = await runCliInProcess(["schema", "logs"], { env: {} });
  assert.equal(exitCode, 2);
  assert.match(stderr, /heartbeat/);
});
