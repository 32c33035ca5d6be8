import assert from "node:assert/strict";
import { type Bom, completeBom, readLockedHashes } from "./sbom.ts";

const PROGRAM = {
  version: "1.2.3",
  commit: "0123456789ab",
  sha256: "00".repeat(32),
  runtime: { name: "deno", version: "2.9.6" },
} as const;

/** As the generator writes it: our own files are components without a package, tied to what they import. */
const GENERATED: Bom = {
  specVersion: "1.6",
  metadata: {},
  components: [
    { "bom-ref": "main", name: "VirtualComponent cli/main.ts", scope: "required" },
    { "bom-ref": "b", group: "@a", name: "b", version: "1.0.0", purl: "pkg:npm/%40a/b@1.0.0", scope: "required" },
    { "bom-ref": "c", name: "c", version: "2.0.0", purl: "pkg:npm/c@2.0.0", scope: "required" },
    { "bom-ref": "types", name: "types", version: "3.0.0", purl: "pkg:npm/types@3.0.0", scope: "excluded" },
  ],
  dependencies: [
    { ref: "main", dependsOn: ["b", "types"] },
    { ref: "b", dependsOn: ["c", "types"] },
    { ref: "c" },
    { ref: "types" },
  ],
};
const digest = (byte: string) => Buffer.from(byte.repeat(64), "hex").toString("base64");
const LOCK = JSON.stringify({
  npm: {
    "@a/b@1.0.0_c@2.0.0": { integrity: `sha512-${digest("0b")}` },
    "c@2.0.0": { integrity: `sha512-${digest("0c")}` },
    "nothing@1.0.0": {},
  },
});

Deno.test("the lock file's digests are found by name and version, whatever peers a copy has", () => {
  assert.deepEqual([...readLockedHashes(LOCK)], [["@a/b@1.0.0", "0b".repeat(64)], ["c@2.0.0", "0c".repeat(64)]]);
});

Deno.test("a bill of materials lists packages with their digests and the runtime; own files are the agent", () => {
  const bom = completeBom(GENERATED, PROGRAM, readLockedHashes(LOCK));
  assert.deepEqual(bom.components.map(({ name, hashes }) => [name, hashes]), [
    ["b", [{ alg: "SHA-512", content: "0b".repeat(64) }]],
    ["c", [{ alg: "SHA-512", content: "0c".repeat(64) }]],
    ["deno", undefined],
  ]);
  assert.deepEqual(bom.dependencies, [
    { ref: "agent@1.2.3", dependsOn: ["b", "deno@2.9.6"] },
    { ref: "b", dependsOn: ["c"] },
    { ref: "c" },
    { ref: "deno@2.9.6" },
  ]);
});

Deno.test("a package that is bundled and not locked is an error that names it", () => {
  assert.throws(
    () => completeBom(GENERATED, PROGRAM, new Map([["c@2.0.0", "0c".repeat(64)]])),
    /Cannot list @a\/b@1\.0\.0: it is bundled, but not in deno\.lock/,
  );
});
