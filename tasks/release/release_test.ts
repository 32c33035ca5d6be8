import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { list } from "tar";
import { parse, parseAllDocuments } from "yaml";
import * as z from "zod";
import { findTool } from "../../sandbox/find_tool.ts";
import { runTool, runToolOrFail } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { TARGETS } from "../build_target.ts";
import { packArchive } from "./pack_archive.ts";
import { archiveName, renderFormula } from "./render_formula.ts";
import { parseImage } from "./set_image.ts";
import { writePackages } from "./write_packages.ts";

const has = (command: string, ...args: string[]) => runTool(command, args).then(({ code }) => code === 0, () => false);
const DIGEST = `sha256:${"a".repeat(64)}`;
const IMAGE = `registry.example.com/team/agent@${DIGEST}`;
const FACTS = {
  version: "0.1.0",
  homepage: "https://forge.example.com/team/agent",
  download: "https://forge.example.com/team/agent/releases/download/v0.1.0",
};

/** Writes the packages of a release with made-up archives; `packages.file(name)` is one of them. */
async function packages() {
  const dir = await createTempDir("packages");
  const archives = dir.file("archives");
  await mkdir(archives);
  for (const platform of Object.keys(TARGETS)) await writeFile(join(archives, archiveName(platform)), platform);
  await writePackages({ ...FACTS, image: parseImage(IMAGE), archives, output: dir.file("out") });
  return {
    file: (name: string) => join(dir.file("out"), name),
    read: (name: string) => readFile(join(dir.file("out"), name), "utf8"),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

Deno.test("release: an archive has the executable, manual pages and completions, and is the same twice", async () => {
  await using dir = await createTempDir("archive-test");
  await writeFile(dir.file("binary"), "#!/bin/sh\n");
  const sums: string[] = [];
  for (const name of ["one", "two"]) {
    await mkdir(dir.file(name));
    const output = dir.file(`${name}.tar.gz`);
    await packArchive({ binary: dir.file("binary"), output, folder: dir.file(name), time: new Date(1_000) });
    sums.push(createHash("sha256").update(await readFile(output)).digest("hex"));
  }
  assert.equal(sums[0], sums[1]);
  const entries: { path: string; mode: number | undefined }[] = [];
  await list({ file: dir.file("one.tar.gz"), onReadEntry: ({ path, mode }) => entries.push({ path, mode }) });
  const paths = entries.map(({ path }) => path);
  assert.equal(entries.find(({ path }) => path === "agent")?.mode, 0o755);
  for (const path of ["LICENSE", "README.md", "man/agent.1", "man/agent-tail.1"]) assert.ok(paths.includes(path), path);
  assert.deepEqual(paths.filter((path) => path.startsWith("completions/")), [
    "completions/agent.bash",
    "completions/_agent",
    "completions/agent.fish",
  ]);
  await runToolOrFail("bash", ["-n", dir.file("one/completions/agent.bash")]);
});

/** What krew asks of a manifest: sigs.k8s.io/krew/internal/index/validation. */
const krewSchema = z.strictObject({
  apiVersion: z.literal("krew.googlecontainertools.github.com/v1alpha2"),
  kind: z.literal("Plugin"),
  metadata: z.strictObject({ name: z.string().regex(/^[\w-]+$/) }),
  spec: z.strictObject({
    version: z.string().regex(/^v\d+\.\d+\.\d+$/),
    homepage: z.url(),
    shortDescription: z.string().regex(/^[^\r\n]+$/),
    description: z.string(),
    platforms: z.array(z.strictObject({
      selector: z.strictObject({
        matchLabels: z.strictObject({ os: z.enum(["linux", "darwin"]), arch: z.enum(["amd64", "arm64"]) }),
      }),
      uri: z.url(),
      sha256: z.string().regex(/^[a-f0-9]{64}$/),
      bin: z.string().min(1),
      files: z.array(z.strictObject({ from: z.string().min(1), to: z.string().min(1) })).min(1),
    })),
  }),
});

Deno.test("release: the krew manifest obeys krew's rules, and has each platform with its archive's digest", async () => {
  await using out = await packages();
  const { metadata, spec } = krewSchema.parse(parse(await out.read("agent-faults.yaml")));
  assert.equal(metadata.name, "agent-faults");
  const said = spec.platforms.map((
    { selector, uri, sha256 },
  ) => [Object.values(selector.matchLabels).join("/"), uri, sha256]);
  const made = Object.keys(TARGETS).map((platform) => [
    platform,
    `${FACTS.download}/${archiveName(platform)}`,
    createHash("sha256").update(platform).digest("hex"),
  ]);
  assert.deepEqual(said, made);
});

Deno.test("release: the formula has each platform with its archive's digest, and a missing one is an error", async () => {
  await using out = await packages();
  const formula = await out.read("agent-faults.rb");
  for (const platform of Object.keys(TARGETS)) {
    const sha256 = createHash("sha256").update(platform).digest("hex");
    assert.ok(formula.includes(`url "${FACTS.download}/${archiveName(platform)}"\n      sha256 "${sha256}"`), platform);
  }
  assert.throws(() => renderFormula({ ...FACTS, archives: { "linux/amd64": "0" } }), /no archive for darwin\/arm64/);
});

Deno.test({
  name: "release: the formula is Ruby (needs ruby)",
  ignore: !await has("ruby", "--version"),
  async fn() {
    await using out = await packages();
    assert.match(await runToolOrFail("ruby", ["-c", out.file("agent-faults.rb")]), /Syntax OK/);
  },
});

Deno.test("release: manifests and chart run the image of the release by its digest, and nothing else has changed", async () => {
  await using out = await packages();
  const images = parseAllDocuments(await out.read("install.yaml")).map((document) => JSON.stringify(document.toJS()))
    .flatMap((text) => text.match(/"image":"[^"]*"/g) ?? []);
  assert.deepEqual(images, [`"image":"${IMAGE}"`]);
  for (const name of ["values.yaml", "files/defaults.yaml"]) {
    const now = (await out.read(`chart/agent/${name}`)).split("\n");
    const before = (await readFile(new URL(`../../deploy/helm/agent/${name}`, import.meta.url), "utf8")).split("\n");
    assert.deepEqual(now.filter((line, index) => line !== before[index]), [
      "  repository: registry.example.com/team/agent",
      `  digest: ${DIGEST}`,
    ]);
  }
  assert.match(await out.read("chart/agent/README.md"), /registry\.example\.com\/team\/agent/);
});

const helm = await findTool("helm", { fetch: false }).catch(() => null);
Deno.test({
  name: "release: the chart of a release passes helm lint and renders with its image (needs helm)",
  ignore: helm === null,
  async fn() {
    await using out = await packages();
    await runToolOrFail(helm ?? "", ["lint", "--strict", out.file("chart/agent")]);
    const rendered = await runToolOrFail(helm ?? "", ["template", "agent", out.file("chart/agent")]);
    assert.ok(rendered.includes(`image: ${IMAGE}\n`));
  },
});

for (const text of ["agent", "agent:0.1.0", "agent@sha256:1", `Agent@${DIGEST}`, `${IMAGE}; rm`]) {
  Deno.test(`release: "${text.slice(0, 20)}…" (${text.length}) is no image of a release`, () => {
    assert.throws(() => parseImage(text), /is no image with its digest/);
  });
}
