import assert from "node:assert/strict";
import { appendFile, readdir, readFile, rename, stat } from "node:fs/promises";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { openNonceStore } from "./nonce_store.ts";

const nonce = (n: number): string => `nonce-${String(n).padStart(20, "0")}`;
const LATER = 1_000_000;

Deno.test("nonce store: a nonce is taken once, also when asked twice at once", async () => {
  await using folder = await createTempDir("nonces");
  const store = await openNonceStore({ path: folder.file("nonces"), now: () => 0 });
  const outcomes = await Promise.all([1, 1, 2, 1].map((n) => store.remember(nonce(n), LATER)));
  await store.close();
  assert.deepEqual(outcomes.map(({ kind }) => kind), ["remembered", "replayed", "remembered", "replayed"]);
});

Deno.test("nonce store: nonces are known after a restart, until they expire", async () => {
  await using folder = await createTempDir("nonces");
  let nowMs = 0;
  const open = () => openNonceStore({ path: folder.file("nonces"), now: () => nowMs });
  const first = await open();
  await first.remember(nonce(1), LATER);
  await first.close();
  const second = await open();
  assert.equal((await second.remember(nonce(1), LATER)).kind, "replayed");
  await second.close();
  nowMs = LATER + 1;
  const third = await open();
  assert.equal((await third.remember(nonce(1), 2 * LATER)).kind, "remembered");
  await third.close();
  assert.equal((await readFile(folder.file("nonces"), "utf8")).trim().split("\n").length, 1);
});

Deno.test("nonce store: a process killed right after an answer has left its nonce on disk", async () => {
  await using folder = await createTempDir("nonces");
  const killed = await openNonceStore({ path: folder.file("nonces"), now: () => 0 });
  await killed.remember(nonce(1), LATER);
  const next = await openNonceStore({ path: folder.file("nonces"), now: () => 0 });
  assert.equal((await next.remember(nonce(1), LATER)).kind, "replayed");
  await Promise.all([killed.close(), next.close()]);
});

Deno.test("nonce store: half a line and foreign text in the journal harm nothing", async () => {
  await using folder = await createTempDir("nonces");
  const first = await openNonceStore({ path: folder.file("nonces"), now: () => 0 });
  await first.remember(nonce(1), LATER);
  await first.close();
  await appendFile(folder.file("nonces"), "hello\n999999 nonce-0000");
  const second = await openNonceStore({ path: folder.file("nonces"), now: () => 0 });
  assert.equal((await second.remember(nonce(1), LATER)).kind, "replayed");
  assert.equal((await second.remember(nonce(2), LATER)).kind, "remembered");
  await second.close();
});

Deno.test("nonce store: it is bounded, on disk too, and makes room as nonces expire", async () => {
  await using folder = await createTempDir("nonces");
  let nowMs = 0;
  const store = await openNonceStore({ path: folder.file("nonces"), now: () => nowMs, limit: 10 });
  for (let n = 0; n < 200; n++) {
    nowMs += 10;
    assert.equal((await store.remember(nonce(n), nowMs + 50)).kind, "remembered");
  }
  for (let n = 200; n < 220; n++) await store.remember(nonce(n), nowMs + 50_000);
  assert.equal((await store.remember(nonce(300), nowMs + 50_000)).kind, "unavailable");
  await store.close();
  assert.ok((await stat(folder.file("nonces"))).size < 30 * 50);
  assert.deepEqual(await readdir(folder.path), ["nonces"]);
  assert.equal((await stat(folder.file("nonces"))).mode & 0o777, 0o600);
});

Deno.test("nonce store: a journal that can't be written refuses the nonce instead of believing in memory", async () => {
  await using folder = await createTempDir("nonces");
  // Past twice the limit the journal is rewritten, which needs its folder.
  const store = await openNonceStore({ path: folder.file("nonces"), now: () => 0, limit: 1 });
  await store.remember(nonce(1), 0);
  await store.remember(nonce(2), 0);
  await store.remember(nonce(3), 0);
  await rename(folder.path, `${folder.path}-gone`);
  try {
    const outcome = await store.remember(nonce(4), LATER);
    assert.equal(outcome.kind, "unavailable");
  } finally {
    await rename(`${folder.path}-gone`, folder.path);
  }
  assert.equal((await store.remember(nonce(4), LATER)).kind, "remembered");
  await store.close();
});

Deno.test("nonce store: a place that can't be written is said at start", async () => {
  await using folder = await createTempDir("nonces");
  await assert.rejects(
    openNonceStore({ path: folder.file("missing", "nonces"), now: () => 0 }),
    /Cannot keep the nonces of signed commands in .*give the agent a state folder/,
  );
});
