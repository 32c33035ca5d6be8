import assert from "node:assert/strict";
import { appendFile, readdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import fc from "fast-check";
import { eventually } from "../../../sandbox/eventually.ts";
import { createTempDir } from "../../../sandbox/temp_dir.ts";
import type { AuditFile } from "./audit_file.ts";
import { CHAIN_START } from "./audit_line.ts";
import { type AuditLog, createAuditLog, openAuditLog } from "./audit_log.ts";
import { type AuditAnchor, type AuditVerdict, verifyAudit } from "./verify_audit.ts";

const openAt = (path: string | null, lines: string[] = []): Promise<AuditLog> =>
  openAuditLog({
    path,
    fallback: (line) => lines.push(line),
    now: () => Date.parse("2026-01-02T03:04:05Z"),
    onFailure: (error) => {
      throw error;
    },
  });

async function writeDecisions(path: string, ids: readonly string[]): Promise<void> {
  const log = await openAt(path);
  await Promise.all(ids.map((id) => log.record({ event: "decision", command_id: id, verdict: "done" })));
  await log.close();
}

async function* bytesOf(text: string) {
  yield await Promise.resolve(new TextEncoder().encode(text));
}
const verifyText = (text: string, anchor?: AuditAnchor): Promise<AuditVerdict> => verifyAudit([bytesOf(text)], anchor);
const verifyFile = async (path: string) => verifyText(await readFile(path, "utf8"));

async function fiveLines(): Promise<string[]> {
  await using folder = await createTempDir("audit");
  await writeDecisions(folder.file("audit"), ["a", "b", "c", "d", "e"]);
  return (await readFile(folder.file("audit"), "utf8")).trimEnd().split("\n");
}

const TAMPERINGS: readonly { name: string; change: (lines: string[]) => string[]; wantLine: number }[] = [
  { name: "a changed field", change: (l) => l.map((x, i) => i === 2 ? x.replace('"c"', '"x"') : x), wantLine: 3 },
  {
    name: "a changed number",
    change: (l) => l.map((x, i) => i === 2 ? x.replace('"seq":3', '"seq":4') : x),
    wantLine: 3,
  },
  {
    name: "a changed hash",
    change: (l) => l.map((x, i) => i === 1 ? x.replace(/"hash":"./, '"hash":"x') : x),
    wantLine: 2,
  },
  { name: "a removed line", change: (l) => l.filter((_, i) => i !== 1), wantLine: 2 },
  { name: "a removed first line", change: (l) => l.slice(1), wantLine: 1 },
  { name: "two lines that changed places", change: (l) => [l[0], l[2], l[1], l[3]].map(String), wantLine: 2 },
  { name: "a line written twice", change: (l) => [l[0], l[0], l[1]].map(String), wantLine: 2 },
  { name: "a line of another kind", change: (l) => [...l.slice(0, 2), "hello", ...l.slice(2)], wantLine: 3 },
  { name: "an empty line", change: (l) => [...l.slice(0, 2), "", ...l.slice(2)], wantLine: 3 },
  {
    name: "a line cut in the middle of the file",
    change: (l) => l.map((x, i) => i === 1 ? x.slice(0, 90) : x),
    wantLine: 2,
  },
  { name: "a space put in", change: (l) => l.map((x, i) => i === 3 ? x.replace(":", ": ") : x), wantLine: 4 },
  { name: "a return at the end", change: (l) => l.map((x, i) => i === 0 ? `${x}\r` : x), wantLine: 1 },
];

for (const { name, change, wantLine } of TAMPERINGS) {
  Deno.test(`audit: ${name} is found`, async () => {
    const verdict = await verifyText(`${change(await fiveLines()).join("\n")}\n`);
    assert.equal(verdict.kind === "broken" && verdict.line, wantLine);
  });
}

Deno.test("audit: an untouched log is intact, and its head is the last line's hash", async () => {
  const lines = await fiveLines();
  const verdict = await verifyText(`${lines.join("\n")}\n`);
  assert.equal(verdict.kind === "intact" && verdict.lines, 5);
  assert.ok(lines.at(-1)?.includes(`"hash":"${verdict.head.hash}"`));
});

Deno.test("audit: any single changed byte is found", async () => {
  const text = `${(await fiveLines()).join("\n")}\n`;
  await fc.assert(fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 1, max: 127 }), async (at, flip) => {
    const bytes = new TextEncoder().encode(text);
    bytes[at] = (bytes[at] ?? 0) ^ flip;
    assert.equal((await verifyText(new TextDecoder().decode(bytes))).kind, "broken");
  }));
});

Deno.test("audit: lines missing at the end are found with a hash kept elsewhere, and only with one", async () => {
  const lines = await fiveLines();
  const shorter = `${lines.slice(0, 3).join("\n")}\n`;
  assert.equal((await verifyText(shorter)).kind, "intact");
  const { head } = await verifyText(`${lines.join("\n")}\n`);
  assert.equal((await verifyText(shorter, { expected: head })).kind, "broken");
  assert.equal((await verifyText(`${lines.join("\n")}\n`, { expected: head })).kind, "intact");
});

Deno.test("audit: the second part of a divided log is checked after the first", async () => {
  const lines = await fiveLines();
  const first = await verifyText(`${lines.slice(0, 2).join("\n")}\n`);
  const second = await verifyText(`${lines.slice(2).join("\n")}\n`, { after: first.head });
  assert.equal(second.kind === "intact" && second.head.seq, 5);
});

Deno.test("audit: the chain goes on across restarts", async () => {
  await using folder = await createTempDir("audit");
  await writeDecisions(folder.file("audit"), ["a", "b"]);
  await writeDecisions(folder.file("audit"), ["c"]);
  const verdict = await verifyFile(folder.file("audit"));
  assert.equal(verdict.kind === "intact" && verdict.lines, 3);
});

Deno.test("audit: half a line after a crash is set aside, said, and the chain goes on", async () => {
  await using folder = await createTempDir("audit");
  await writeDecisions(folder.file("audit"), ["a", "b"]);
  const { length } = await readFile(folder.file("audit"));
  await truncate(folder.file("audit"), length - 20);
  assert.match(JSON.stringify(await verifyFile(folder.file("audit"))), /"line":2.*ends in the middle/);
  await writeDecisions(folder.file("audit"), ["c"]);
  const verdict = await verifyFile(folder.file("audit"));
  assert.equal(verdict.kind === "intact" && verdict.lines, 3);
  assert.match(await readFile(folder.file("audit"), "utf8"), /"event":"torn_line","bytes":\d+,"sha256":"[0-9a-f]{64}"/);
  const aside = (await readdir(folder.path)).find((name) => name.startsWith("audit.torn-"));
  assert.match(await readFile(folder.file(aside ?? "none"), "utf8"), /"command_id":"b"/);
});

Deno.test("audit: a log whose last line was changed is not written on", async () => {
  await using folder = await createTempDir("audit");
  await writeDecisions(folder.file("audit"), ["a", "b"]);
  const text = await readFile(folder.file("audit"), "utf8");
  await writeFile(folder.file("audit"), text.replace('"b"', '"x"'));
  await assert.rejects(openAt(folder.file("audit")), /its last line is not as the agent wrote it/);
  await writeFile(folder.file("audit"), text);
  await appendFile(folder.file("audit"), "hello\n");
  await assert.rejects(openAt(folder.file("audit")), /its last line is not as the agent wrote it/);
});

Deno.test("audit: hostile texts can neither forge a line nor steer a terminal", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary" }), { maxLength: 5 }), async (texts) => {
      const lines: string[] = [];
      const log = await openAt(null, lines);
      const hostile = [...texts, '","hash":"x"}\n{"audit":"v1"', "\u2028\u001b[2J", "x".repeat(5000)];
      await Promise.all(hostile.map((text) => log.record({ issued_by: text })));
      assert.match(lines.join(""), /^(?:[\x20-\x7e]{1,4000}\n)*$/);
      const verdict = await verifyText(lines.join(""));
      assert.equal(verdict.kind === "intact" && verdict.lines, hostile.length);
    }),
    { numRuns: 50 },
  );
});

Deno.test("audit: a line that the file does not take goes whole to the fallback", async () => {
  const lines: string[] = [];
  const failures: unknown[] = [];
  const log = await openAuditLog({
    path: "/dev/full",
    fallback: (line) => lines.push(line),
    now: () => 0,
    onFailure: (error) => failures.push(error),
  });
  await log.record({ command_id: "a" });
  await log.close();
  assert.equal(failures.length, 1);
  assert.match(lines.join(""), /"command_id":"a".*\n$/);
});

Deno.test("audit: a log that is a symbolic link is refused, and nothing is written where it points", async () => {
  await using folder = await createTempDir("audit");
  await writeFile(folder.file("secret"), "do not touch");
  await symlink(folder.file("secret"), folder.file("audit"));
  await assert.rejects(openAt(folder.file("audit")), /^AgentError: Cannot use .*audit: it is a symbolic link/);
  assert.equal(await readFile(folder.file("secret"), "utf8"), "do not touch");
});

Deno.test("audit: a line of any sender's making stays below 4 kB", async () => {
  const lines: string[] = [];
  const log = await openAt(null, lines);
  const long = "\u00e9".repeat(10_000);
  const quotes = '\\"'.repeat(10_000);
  await log.record({ command_id: "c".repeat(128), issued_by: long, correlation_id: long, tool: quotes });
  const [line = ""] = lines;
  assert.ok(line.length < 4_096, `${line.length} bytes`);
  assert.match(line, /\(10000 characters\)/);
});

/** A file whose writes do what the test says: a disk that hangs, is full, and takes lines again. */
function createDisk() {
  const written: string[] = [];
  let head = { seq: 0, hash: CHAIN_START };
  const disk = { behaviour: () => Promise.resolve(), written };
  const file: AuditFile = {
    get head() {
      return head;
    },
    async append(lines, next) {
      await disk.behaviour();
      written.push(...lines.trimEnd().split("\n"));
      head = next;
    },
    close: () => Promise.resolve(),
  };
  return { disk, file };
}

Deno.test("audit: while a write hangs lines go to the fallback, it is said with the remedy, and the log tells how many", async () => {
  const spilled: string[] = [];
  const { disk, file } = createDisk();
  const log = createAuditLog(file, {
    path: "/var/lib/agent/audit.log",
    frozenMs: 50,
    fallback: (lines) => spilled.push(lines),
    now: Date.now,
    onFailure: (error) => assert.fail(String(error)),
  });
  const hang = Promise.withResolvers<void>();
  disk.behaviour = () => hang.promise;
  assert.deepEqual(log.condition(), { ok: true, detail: "written to /var/lib/agent/audit.log" });
  assert.equal(await log.record({ command_id: "hangs" }), null);
  assert.equal(await log.record({ command_id: "meanwhile" }), null);
  const { detail, ok } = log.condition();
  assert.equal(ok, false);
  assert.match(detail, /has not ended for 0.05 s, and no command runs.*; look at the disk .* \/var\/lib\/agent/);
  assert.match(spilled.join(""), /"command_id":"hangs".*\n.*"command_id":"meanwhile"/);
  hang.resolve();
  await eventually("the write ends", () => disk.written.length === 1);
  assert.equal(await log.record({ command_id: "after" }), 3);
  assert.equal(log.condition().ok, true);
  await log.close();
  assert.deepEqual(
    disk.written.map((line) => /"(?:command_id|lines)":"?(\w+)/.exec(line)?.[1]),
    ["hangs", "1", "after"],
  );
});

Deno.test("audit: a full disk is a condition with the remedy until a line is taken again", async () => {
  const spilled: string[] = [];
  const { disk, file } = createDisk();
  const log = createAuditLog(file, {
    path: "/var/lib/agent/audit.log",
    fallback: (lines) => spilled.push(lines),
    now: Date.now,
    onFailure: () => {},
  });
  disk.behaviour = () => Promise.reject(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }));
  assert.deepEqual(await Promise.all([log.record({ a: 1 }), log.record({ a: 2 })]), [null, null]);
  assert.match(log.condition().detail, /can't be written \(no space left.*; free space in \/var\/lib\/agent$/);
  disk.behaviour = () => Promise.resolve();
  assert.equal(await log.record({ a: 3 }), 2);
  assert.equal(log.condition().ok, true);
  assert.match(disk.written[0] ?? "", /"event":"lines_elsewhere","lines":2/);
  await log.close();
});
