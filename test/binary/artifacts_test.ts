import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import * as z from "zod";
import { readLockedHashes } from "../../tasks/sbom.ts";
import { PROGRAM, runProgramUnderTest } from "../support/program_under_test.ts";

const ignore = !PROGRAM.built;

const hashSchema = z.array(z.object({ alg: z.string(), content: z.string() }));
const bomSchema = z.object({
  metadata: z.object({
    component: z.object({ name: z.string(), version: z.string(), hashes: hashSchema, "bom-ref": z.string() }),
  }),
  components: z.array(
    z.object({
      type: z.string(),
      group: z.string().optional(),
      name: z.string(),
      version: z.string(),
      purl: z.string(),
      hashes: hashSchema.optional(),
      "bom-ref": z.string(),
    }),
  ),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).optional() })),
});
const versionSchema = z.object({ version: z.string(), runtime: z.string() });

const readBomText = () => readFile(`${PROGRAM.command}.cdx.json`, "utf8");
const readBom = async () => bomSchema.parse(JSON.parse(await readBomText()));

Deno.test({
  name: "binary: the checksum beside it is the executable's, in sha256sum's form",
  ignore,
  async fn() {
    const sha256 = createHash("sha256").update(await readFile(PROGRAM.command)).digest("hex");
    const line = await readFile(`${PROGRAM.command}.sha256`, "utf8");
    assert.equal(line, `${sha256}  ${basename(PROGRAM.command)}\n`);
    const { component } = (await readBom()).metadata;
    assert.deepEqual(component.hashes, [{ alg: "SHA-256", content: sha256 }]);
  },
});

Deno.test({
  name: "binary: the bill of materials obeys the strict CycloneDX schema",
  ignore,
  async fn() {
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    const text = await readBomText();
    assert.equal(await validator.validate(text), null);
    assert.notEqual(await validator.validate(text.replace('"library"', '"bookshelf"')), null);
  },
});

Deno.test({
  name: "binary: the bill of materials lists what is inside: each package with the lock file's digest, and the runtime",
  ignore,
  async fn() {
    const { components, metadata, dependencies } = await readBom();
    const locked = readLockedHashes(await readFile("deno.lock", "utf8"));
    const packages = components.filter(({ type }) => type === "library");
    for (const { group, name, version, hashes } of packages) {
      const id = `${group === undefined ? "" : `${group}/`}${name}@${version}`;
      assert.deepEqual(hashes, [{ alg: "SHA-512", content: locked.get(id) }], id);
    }
    const names = packages.map(({ group, name }) => `${group === undefined ? "" : `${group}/`}${name}`);
    for (const name of ["@kubernetes/client-node", "@nats-io/transport-node", "recheck", "yaml", "zod", "node-forge"]) {
      assert.ok(names.includes(name), `${name} is bundled, but not listed`);
    }
    assert.equal(names.includes("typescript"), false);
    const run = await runProgramUnderTest(["version", "--output", "json"]);
    const { version, runtime } = versionSchema.parse(JSON.parse(run.stdout));
    assert.equal(metadata.component.version, version);
    assert.deepEqual(
      components.filter(({ type }) => type === "platform").map((part) => `${part.name} ${part.version}`),
      [
        runtime,
      ],
    );
    const reachable = new Set<string>();
    const follow = (ref: string) => {
      if (reachable.has(ref)) return;
      reachable.add(ref);
      dependencies.find((entry) => entry.ref === ref)?.dependsOn?.forEach(follow);
    };
    follow(metadata.component["bom-ref"]);
    assert.deepEqual(components.filter((part) => !reachable.has(part["bom-ref"])).map(({ name }) => name), []);
  },
});
