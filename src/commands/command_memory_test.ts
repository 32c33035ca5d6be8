import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";

const SCRIPT = fileURLToPath(new URL("../../test/support/measure_command_memory.ts", import.meta.url));

Deno.test("command service: 50 MB of output cost less than 20 MB of memory", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["run", "-A", "--no-check", SCRIPT]);
  const { grownBytes, answered } = z.object({ grownBytes: z.number(), answered: z.number() }).parse(JSON.parse(stdout));
  assert.ok(answered > 900_000, `${answered} characters were answered`);
  assert.ok(grownBytes < 20 * 1024 * 1024, `the process grew by ${Math.round(grownBytes / 1024 / 1024)} MB`);
});
