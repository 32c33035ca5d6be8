import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { createFileStore } from "./file_store.ts";

const SIGNAL = new AbortController().signal;
const VALUE = { versions: { "/api/v1/events": "4711" }, reported: [] };

Deno.test("file store: what was written is read, by the owner alone, with nothing left beside", async () => {
  await using dir = await createTempDir("checkpoint");
  const path = dir.file("state", "checkpoint.json");
  const store = createFileStore({ path, clusterId: "prod" });
  assert.deepEqual(await store.read(SIGNAL), { kind: "none" });
  await store.write({ old: true }, SIGNAL);
  await store.write(VALUE, SIGNAL);
  assert.deepEqual(await store.read(SIGNAL), { kind: "found", value: VALUE });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(dir.file("state")), ["checkpoint.json"]);
});

Deno.test("file store: a crash in the middle of a write leaves the old one", async () => {
  await using dir = await createTempDir("checkpoint");
  const path = dir.file("checkpoint.json");
  const store = createFileStore({ path, clusterId: "prod" });
  await store.write(VALUE, SIGNAL);
  await writeFile(`${path}.new`, '{"version":1,"clus');
  assert.deepEqual(await store.read(SIGNAL), { kind: "found", value: VALUE });
  await store.write({ next: 1 }, SIGNAL);
  assert.deepEqual(await store.read(SIGNAL), { kind: "found", value: { next: 1 } });
});

const UNUSABLE: readonly { name: string; given: string; want: RegExp }[] = [
  { name: "half a file", given: '{"version":1,"cluster_id":"prod","val', want: /not JSON/ },
  { name: "an empty file", given: "", want: /not JSON/ },
  { name: "something else", given: '["a list"]', want: /another form or version/ },
  { name: "another version", given: '{"version":2,"cluster_id":"prod","value":1}', want: /another form or version/ },
  {
    name: "another cluster's",
    given: '{"version":1,"cluster_id":"dev","value":1}',
    want: /belongs to the cluster "dev"/,
  },
];
for (const { name, given, want } of UNUSABLE) {
  Deno.test(`file store: ${name} is set aside once, and the next start finds none`, async () => {
    await using dir = await createTempDir("checkpoint");
    const path = dir.file("checkpoint.json");
    await writeFile(path, given);
    const store = createFileStore({ path, clusterId: "prod" });
    const reading = await store.read(SIGNAL);
    assert.ok(reading.kind === "damaged");
    assert.match(reading.detail, want);
    const [aside] = await readdir(dir.path);
    assert.match(aside ?? "", /^checkpoint\.json\.damaged-\d+$/);
    assert.equal(await readFile(dir.file(aside ?? ""), "utf8"), given);
    assert.deepEqual(await store.read(SIGNAL), { kind: "none" });
  });
}

Deno.test("file store: a folder that can't be used is named, with what to change", async () => {
  await using dir = await createTempDir("checkpoint");
  await writeFile(dir.file("state"), "in the way"); // a file where the folder is to be; root may write anywhere else
  const path = dir.file("state", "c.json");
  const store = createFileStore({ path, clusterId: "prod" });
  const remedy = `make the folder ${dir.file("state")} the agent's own and writable`;
  for (
    const [action, tried] of [["read", () => store.read(SIGNAL)], ["write", () => store.write(VALUE, SIGNAL)]] as const
  ) {
    await assert.rejects(
      tried(),
      ({ message }: Error) => message.startsWith(`Cannot ${action} ${path}: `) && message.includes(remedy),
    );
  }
});

Deno.test("file store: nothing is written where every user may write", async () => {
  await using dir = await createTempDir("checkpoint");
  await mkdir(dir.file("open"));
  await chmod(dir.file("open"), 0o777);
  const open = createFileStore({ path: dir.file("open", "checkpoint.json"), clusterId: "prod" });
  await assert.rejects(open.write(VALUE, SIGNAL), /open: every user may write there/);
});
