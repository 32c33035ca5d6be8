import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod";
import { TARGETS } from "../tasks/build_target.ts";
import { archiveName } from "../tasks/release/render_formula.ts";

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

Deno.test("workflows: release.yaml names the registry once", async () => {
  const text = await readFile(new URL("release.yaml", FOLDER), "utf8");
  const { env } = z.looseObject({ env: z.object({ REGISTRY: z.string() }) }).parse(parse(text));
  assert.equal(text.split(env.REGISTRY).length - 1, 1);
});

Deno.test("workflows: release.yaml signs nothing and publishes nothing in a job that has the sources", async () => {
  const { jobs } = workflowSchema.parse(parse(await readFile(new URL("release.yaml", FOLDER), "utf8")));
  const trusted = Object.entries(jobs).filter(([, { permissions }]) =>
    Object.values(permissions ?? {}).includes("write")
  );
  assert.deepEqual(trusted.map(([name]) => name), ["sign", "attest", "publish", "sign-registry"]);
  for (const [name, { steps }] of trusted) {
    assert.deepEqual(steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")), [], name);
  }
});

Deno.test("workflows: release.yaml builds an archive for each platform, and compares all of them before it signs", async () => {
  const text = await readFile(new URL("release.yaml", FOLDER), "utf8");
  for (const platform of Object.keys(TARGETS)) {
    const file = archiveName(platform).replace(".tar.gz", "");
    assert.ok(text.includes(`{ platform: ${platform}, file: ${file}, `), platform);
    assert.ok(text.includes(`\${{ needs.build.outputs.${file} }}`), file);
    assert.match(text, new RegExp(`file: \\[[^\\]]*${file}[,\\]]`));
  }
});
