import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as z from "zod";

const SCRIPT = fileURLToPath(new URL("../../test/support/measure_roster_memory.ts", import.meta.url));
const figuresSchema = z.object({ rosterBytes: z.number(), namesBytes: z.number(), pods: z.number() });

Deno.test("pod roster: owner, node, phase and restarts of 5,000 pods cost less than 0.35 MB beside their names", async () => {
  const args = ["run", "-A", "--no-check", "--v8-flags=--expose-gc", SCRIPT];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { rosterBytes, namesBytes, pods } = figuresSchema.parse(JSON.parse(stdout));
  assert.equal(pods, 5_000);
  const moreKb = Math.round((rosterBytes - namesBytes) / 1_000);
  assert.ok(moreKb < 350, `${moreKb} kB more than ${Math.round(namesBytes / 1_000)} kB of names`);
});
