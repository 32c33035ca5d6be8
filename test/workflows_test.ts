import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod";

// What the forge runs: a tag can be moved to other code, and a right that nobody needs is there to be misused.

const FOLDER = new URL("../.github/workflows/", import.meta.url);
/** A full commit, and the version that a reader and an updater go by. */
const PINNED = /^\s*(?:- )?uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+/;

const permissionsSchema = z.record(z.string(), z.enum(["read", "write", "none"]));
const workflowSchema = z.looseObject({
  permissions: permissionsSchema,
  jobs: z.record(
    z.string(),
    z.looseObject({
      "timeout-minutes": z.number(),
      permissions: permissionsSchema.optional(),
      steps: z.array(
        z.looseObject({
          uses: z.string().optional(),
          run: z.string().optional(),
          with: z.record(z.string(), z.unknown()).optional(),
        }),
      ),
    }),
  ),
});

for (const name of await readdir(FOLDER)) {
  const text = await readFile(new URL(name, FOLDER), "utf8");

  Deno.test(`workflows: ${name} pins every action by its full commit`, () => {
    assert.deepEqual(text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line) && !PINNED.test(line)), []);
  });

  Deno.test(`workflows: ${name} gives no right by default but to read, and every job an end`, () => {
    const { permissions } = workflowSchema.parse(parse(text));
    assert.deepEqual(Object.entries(permissions).filter(([, right]) => right === "write"), []);
  });

  Deno.test(`workflows: ${name} leaves no token beside the sources`, () => {
    const steps = Object.values(workflowSchema.parse(parse(text)).jobs).flatMap((job) => job.steps);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@") === true);
    assert.deepEqual(checkouts.filter((step) => step.with?.["persist-credentials"] !== false), []);
  });

  Deno.test(`workflows: ${name} inserts no expression into a script`, () => {
    const steps = Object.values(workflowSchema.parse(parse(text)).jobs).flatMap((job) => job.steps);
    const scripts = steps.flatMap(({ run }) => run ?? []);
    assert.ok(scripts.length > 0, "no script was found");
    assert.deepEqual(scripts.filter((script) => script.includes("${{")), []);
  });
}
