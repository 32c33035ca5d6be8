import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";

const SCRIPT = fileURLToPath(new URL("../../test/support/measure_command_memory.ts", import.meta.url));

Deno.test("command service: 50 MB of output cost less than 40 MB of memory, 20 of them for the thread that redacts", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["run", "-A", "--no-check", SCRIPT]);
  const { grownBytes, answered } = z.object({ grownBytes: z.number(), answered: z.number() }).parse(JSON.parse(stdout));
  assert.ok(answered > 900_000, `${answered} characters were answered`);
  assert.ok(grownBytes < 40 * 1024 * 1024, `the process grew by ${Math.round(grownBytes / 1024 / 1024)} MB`);
});
