import assert from "node:assert/strict";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createTempDir, type TempDir } from "../../../sandbox/temp_dir.ts";
import { openAuditLog } from "./audit_log.ts";
import { verifyAuditFiles } from "./verify_audit_files.ts";

const LINE = { event: "decision", issued_by: "x".repeat(400) };
const LINES_A_FILE = 6;
const MAX_BYTES = LINES_A_FILE * 700;

async function writeLines(dir: TempDir, count: number, files = 3): Promise<void> {
  const log = await openAuditLog({
    path: dir.file("audit"),
    maxBytes: MAX_BYTES,
    files,
    fallback: () => assert.fail("the file takes every line"),
    now: Date.now,
    onFailure: (error) => assert.fail(String(error)),
  });
  for (let i = 0; i < count; i++) assert.notEqual(await log.record(LINE), null);
  await log.close();
}

const auditFiles = async (dir: TempDir) => (await readdir(dir.path)).filter((name) => name.startsWith("audit")).sort();

Deno.test("audit files: a file that would get too large is set aside, the oldest goes, and one chain runs through all", async () => {
  await using dir = await createTempDir("audit");
  await writeLines(dir, 10);
  await writeLines(dir, 40);
  assert.deepEqual(await auditFiles(dir), ["audit", "audit.1", "audit.2"]);
  for (const name of await auditFiles(dir)) assert.ok((await stat(dir.file(name))).size <= MAX_BYTES, name);
  const { files, verdict } = await verifyAuditFiles(dir.file("audit"), {});
  assert.deepEqual(files, [dir.file("audit.2"), dir.file("audit.1"), dir.file("audit")]);
  assert.deepEqual([verdict.kind, verdict.head.seq], ["intact", 50]);
  assert.equal(verdict.first, 50 - verdict.lines + 1);
  assert.ok(verdict.first > 1 && verdict.lines > 2 * LINES_A_FILE - 2);
});

Deno.test("audit files: fewer files than before leave none behind", async () => {
  await using dir = await createTempDir("audit");
  await writeLines(dir, 60, 5);
  assert.equal((await auditFiles(dir)).length, 5);
  await writeLines(dir, 10, 2);
  assert.deepEqual(await auditFiles(dir), ["audit", "audit.1"]);
  assert.equal((await verifyAuditFiles(dir.file("audit"), {})).verdict.kind, "intact");
});

const TAMPERINGS: readonly { name: string; change: (dir: TempDir) => Promise<void>; wantFile: string }[] = [
  {
    name: "a line changed in an older file",
    change: async (dir) => {
      const text = await readFile(dir.file("audit.1"), "utf8");
      await writeFile(dir.file("audit.1"), text.replace('"decision"', '"decisiom"'));
    },
    wantFile: "audit.1",
  },
  { name: "a file removed from the middle", change: (dir) => rm(dir.file("audit.1")), wantFile: "audit" },
  {
    name: "two files that changed places",
    change: async (dir) => {
      await rename(dir.file("audit.1"), dir.file("aside"));
      await rename(dir.file("audit.2"), dir.file("audit.1"));
      await rename(dir.file("aside"), dir.file("audit.2"));
    },
    wantFile: "audit.1",
  },
  {
    name: "the last line of an older file cut off",
    change: async (dir) => {
      const text = await readFile(dir.file("audit.1"), "utf8");
      await writeFile(dir.file("audit.1"), text.slice(0, text.lastIndexOf("{")));
    },
    wantFile: "audit",
  },
];

for (const { name, change, wantFile } of TAMPERINGS) {
  Deno.test(`audit files: ${name} is found`, async () => {
    await using dir = await createTempDir("audit");
    await writeLines(dir, 40);
    await change(dir);
    const { files, verdict } = await verifyAuditFiles(dir.file("audit"), {});
    assert.equal(verdict.kind === "broken" && files[verdict.file], dir.file(wantFile));
  });
}

Deno.test("audit files: a crash between setting a file aside and beginning the next leaves one chain", async () => {
  await using dir = await createTempDir("audit");
  await writeLines(dir, 4);
  await rename(dir.file("audit"), dir.file("audit.1"));
  await writeLines(dir, 2);
  const { verdict } = await verifyAuditFiles(dir.file("audit"), {});
  assert.deepEqual([verdict.kind, verdict.lines, verdict.first], ["intact", 6, 1]);
});

Deno.test("audit files: commands without an end are named", async () => {
  await using dir = await createTempDir("audit");
  const log = await openAuditLog({
    path: dir.file("audit"),
    fallback: () => {},
    now: Date.now,
    onFailure: () => {},
  });
  const first = await log.record({ event: "started", command_id: "a" });
  const second = await log.record({ event: "started", command_id: "b" });
  await log.record({ event: "ended", started_seq: first ?? 0, command_id: "a" });
  await log.close();
  const { verdict } = await verifyAuditFiles(dir.file("audit"), {});
  assert.deepEqual([first, second, verdict.unended], [1, 2, [2]]);
});
