import assert from "node:assert/strict";
import { mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { systemClock } from "../lifecycle/clock.ts";
import { AgentError } from "../lifecycle/errors.ts";
import { openStateLock } from "./state_lock.ts";

const never = new AbortController().signal;
const openAt = (dir: string) => openStateLock({ dir, clock: systemClock }, never);
const lockOf = (host: string) => JSON.stringify({ pid: 1, host, token: crypto.randomUUID(), since: "2026-01-02" });

Deno.test("state lock: a second agent on the folder is refused in words, until the first has ended", async () => {
  await using dir = await createTempDir("state");
  const end = new AbortController();
  const run = (await openAt(dir.file("state"))).run(end.signal);
  await assert.rejects(
    openAt(dir.file("state")),
    (error) =>
      error instanceof AgentError && error.kind === "bad_configuration" &&
      error.message.startsWith(`Cannot open the state folder ${dir.file("state")}: process ${process.pid} on `) &&
      error.message.endsWith("or give each agent a folder of its own (state.path)"),
  );
  end.abort();
  await run;
  assert.deepEqual(await readdir(dir.file("state")), []);
  const ended = new AbortController();
  const next = (await openAt(dir.file("state"))).run(ended.signal);
  ended.abort();
  await next;
});

Deno.test("state lock: one that somebody deletes is taken again", async () => {
  await using dir = await createTempDir("state");
  const end = new AbortController();
  const run = (await openAt(dir.path)).run(end.signal);
  await rm(dir.file("state.lock"));
  await eventually("the lock is there again", async () => (await readdir(dir.path)).includes("state.lock"));
  end.abort();
  await run;
});

Deno.test("state lock: a folder that another agent has taken over ends this one", async () => {
  await using dir = await createTempDir("state");
  const end = new AbortController();
  const run = (await openAt(dir.path)).run(end.signal);
  const other = setInterval(() => void writeFile(dir.file("state.lock"), lockOf("another-machine")), 300);
  await assert.rejects(run, /process 1 on another-machine/);
  clearInterval(other);
  assert.deepEqual(await readdir(dir.path), ["state.lock"]);
});

Deno.test("state lock: a disk that refuses is no failure, and the lock is taken once it can be", async () => {
  await using dir = await createTempDir("state");
  await writeFile(dir.file("state"), "in the way");
  const end = new AbortController();
  const run = (await openAt(dir.file("state"))).run(end.signal);
  await rm(dir.file("state"));
  await eventually("it is locked", async () => (await readdir(dir.file("state")).catch(() => [])).length === 1);
  end.abort();
  await run;
});

Deno.test("state lock: a symbolic link in its place is refused in words", async () => {
  await using dir = await createTempDir("state");
  await mkdir(dir.file("elsewhere"));
  await symlink(dir.file("elsewhere", "lock"), dir.file("state.lock"));
  await assert.rejects(openAt(dir.path), /state\.lock: it is a symbolic link/);
  assert.deepEqual(await readdir(dir.file("elsewhere")), []);
});
