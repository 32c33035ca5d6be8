import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import * as z from "zod";
import { runToolOrFail } from "../sandbox/run_tool.ts";

/** What is built, as its bill of materials names it. */
export interface BuiltProgram {
  readonly version: string;
  readonly commit: string;
  readonly sha256: string;
  /** The JavaScript runtime inside: everything of the executable that is not the bundle. */
  readonly runtime: { readonly name: "deno" | "node"; readonly version: string };
}

const componentSchema = z.looseObject({
  "bom-ref": z.string(),
  name: z.string(),
  group: z.string().optional(),
  version: z.string().optional(),
  purl: z.string().optional(),
  scope: z.string().optional(),
});
type Component = z.infer<typeof componentSchema>;

const bomSchema = z.looseObject({
  specVersion: z.string(),
  metadata: z.looseObject({}),
  components: z.array(componentSchema),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()).optional() })),
});
export type Bom = z.infer<typeof bomSchema>;

const lockSchema = z.object({ npm: z.record(z.string(), z.object({ integrity: z.string().optional() })) });

const GENERATOR = "node_modules/@cyclonedx/cyclonedx-esbuild/bin/cyclonedx-esbuild-cli.js";
const RUNTIMES = {
  deno: { description: "The runtime: V8, TLS, files, timers", license: "MIT", purl: "pkg:github/denoland/deno@v" },
  node: { description: "The runtime: V8, TLS, files, timers", license: "MIT", purl: "pkg:github/nodejs/node@v" },
} as const;

/** The SHA-512 that the lock file has for each `name@version`, in hexadecimal. */
export function readLockedHashes(lockText: string): ReadonlyMap<string, string> {
  const { npm } = lockSchema.parse(JSON.parse(lockText));
  const hashes = new Map<string, string>();
  for (const [key, { integrity }] of Object.entries(npm)) {
    // After the version stand the peers that a copy was resolved with: `a@1.0.0_b@2.0.0`.
    const id = /^(@?[^@]+@[^_]+)/.exec(key)?.[1];
    const digest = /^sha512-(.+)$/.exec(integrity ?? "")?.[1];
    if (id !== undefined && digest !== undefined) hashes.set(id, Buffer.from(digest, "base64").toString("hex"));
  }
  return hashes;
}

const idOf = ({ group, name, version }: Component) => `${group === undefined ? "" : `${group}/`}${name}@${version}`;

/**
 * Makes the generator's list of a bundle's packages the bill of materials of the executable: with the agent as what it is
 * about, the runtime as a part, the lock file's digest of each package. Throws if a package is not in the lock file.
 */
export function completeBom(bom: Bom, program: BuiltProgram, hashes: ReadonlyMap<string, string>): Bom {
  // Our own files come as components without a package; what none of its code got into the bundle is `excluded`.
  const packages = bom.components.filter(({ purl, scope }) => purl !== undefined && scope !== "excluded");
  const kept = new Set(packages.map((component) => component["bom-ref"]));
  const root = `agent@${program.version}`;
  const runtime = `${program.runtime.name}@${program.runtime.version}`;
  const direct = new Set<string>();
  const dependencies = [];
  for (const { ref, dependsOn = [] } of bom.dependencies) {
    const known = dependsOn.filter((target) => kept.has(target));
    if (kept.has(ref)) dependencies.push({ ref, ...(known.length > 0 ? { dependsOn: known } : {}) });
    else for (const target of known) direct.add(target);
  }
  const { description, license, purl } = RUNTIMES[program.runtime.name];
  return {
    ...bom,
    metadata: {
      ...bom.metadata,
      component: {
        type: "application",
        "bom-ref": root,
        name: "agent",
        version: program.version,
        description: "Reports classified Kubernetes events and metrics over NATS",
        hashes: [{ alg: "SHA-256", content: program.sha256 }],
        licenses: [{ license: { id: "Apache-2.0" } }],
        properties: [{ name: "agent:commit", value: program.commit }],
      },
    },
    components: [
      ...packages.map((component) => {
        const content = hashes.get(idOf(component));
        if (content === undefined) {
          throw new Error(`Cannot list ${idOf(component)}: it is bundled, but not in deno.lock`);
        }
        return { ...component, hashes: [{ alg: "SHA-512", content }] };
      }),
      {
        type: "platform",
        "bom-ref": runtime,
        name: program.runtime.name,
        version: program.runtime.version,
        description,
        scope: "required",
        licenses: [{ license: { id: license } }],
        purl: `${purl}${program.runtime.version}`,
      },
    ],
    dependencies: [
      { ref: root, dependsOn: [...[...direct].sort(), runtime] },
      ...dependencies,
      { ref: runtime },
    ],
  };
}

/** Writes the executable's bill of materials in CycloneDX form to `output`; `metafile` is what esbuild tells of the bundle. */
export async function writeSbom(metafile: string, output: string, program: BuiltProgram): Promise<void> {
  const args = ["run", "-A", GENERATOR, "--output-reproducible", "--output-file", output, metafile];
  await runToolOrFail(process.execPath, args);
  const bom = bomSchema.parse(JSON.parse(await readFile(output, "utf8")));
  const hashes = readLockedHashes(await readFile("deno.lock", "utf8"));
  await writeFile(output, `${JSON.stringify(completeBom(bom, program, hashes), null, 2)}\n`);
}
