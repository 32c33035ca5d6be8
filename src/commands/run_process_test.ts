import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { CommandToRun } from "./approved_command.ts";
import { approveForTest } from "../../test/support/approve_command.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { resolveTools } from "./resolve_tools.ts";
import type { ProcessOutcome } from "./process_outcome.ts";
import { createProcessRunner, type MemoryGuard, type RunProcess } from "./run_process.ts";
import { writeProgram } from "../../sandbox/write_program.ts";

/** Runs `body` with a tool named `tool` that is the shell script `script`. */
async function withTool(
  script: string,
  body: (run: RunProcess, folder: string) => Promise<void>,
  memory: MemoryGuard | null = null,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "run-process-"));
  try {
    await writeProgram(join(folder, "tool"), `#!/bin/sh\n${script}\n`);
    const run = createProcessRunner({
      toolPaths: new Map([["tool", join(folder, "tool")], ["gone", join(folder, "gone")]]),
      fixedArguments: new Map([["tool", ["--fixed"]]]),
      memory,
      homeFolder: folder,
    });
    await body(run, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const never = new AbortController().signal;
/** Whether a process still runs; one that is dead and only waits to be reaped by its new parent does not. */
const isAlive = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return stat !== null && !stat.includes(") Z ");
};
const allDead = async (pids: readonly number[]) => !(await Promise.all(pids.map(isAlive))).includes(true);
const openFiles = async (): Promise<number> => (await readdir("/proc/self/fd")).length;

const ENDINGS: readonly {
  name: string;
  script: string;
  args?: readonly string[];
  limits?: Partial<CommandToRun>;
  want: Partial<ProcessOutcome>;
}[] = [
  {
    name: "output, errors and the exit code come back apart",
    script: "echo out; echo err >&2; exit 3",
    want: { end: { kind: "exited", exitCode: 3 }, stdout: "out\n", stderr: "err\n", truncated: false },
  },
  {
    name: "a tool has a lower priority than the agent, and so has what it starts",
    script: "sleep 0.2; ps -o ni= -p $$ | tr -d ' '; nice",
    want: { end: { kind: "exited", exitCode: 0 }, stdout: "15\n15\n" },
  },
  {
    name: "the agent's own arguments come first and nothing is split or expanded",
    script: `for a in "$@"; do printf '<%s>' "$a"; done`,
    args: ["a b", "$HOME", "*", ";id", ""],
    want: { stdout: "<--fixed><a b><$HOME><*><;id><>" },
  },
  {
    name: "the environment holds PATH and HOME only",
    script: `tr '\\0' '\\n' </proc/$$/environ | sed 's/=.*//' | sort`,
    want: { stdout: "HOME\nPATH\n" },
  },
  {
    name: "connection flags come last, and an allowed variable replaces neither PATH nor HOME",
    script: `echo "$@" "$LANG"; case $PATH:$HOME in *evil*) echo replaced ;; esac`,
    args: ["asked"],
    limits: { connectionFlags: ["--last"], env: { LANG: "C", PATH: "/evil", HOME: "/evil" } },
    want: { stdout: "--fixed asked --last C\n" },
  },
  { name: "standard input is empty", script: "cat; echo end", want: { stdout: "end\n" } },
  {
    name: "output past the limit is cut and the process does not run on",
    script: "head -c 5000 /dev/zero | tr '\\0' x; sleep 30",
    limits: { outputLimitBytes: 4000 },
    want: { end: { kind: "output_limit" }, stdout: "x".repeat(4000), truncated: true },
  },
  {
    name: "output of exactly the limit is whole",
    script: "printf 12345",
    limits: { outputLimitBytes: 5 },
    want: { end: { kind: "exited", exitCode: 0 }, stdout: "12345", truncated: false },
  },
  {
    name: "a cut never leaves half a character",
    script: "printf 'aé'",
    limits: { outputLimitBytes: 2 },
    want: { stdout: "a", truncated: true },
  },
  { name: "bytes that are no UTF-8 are shown as such", script: "printf 'a\\377b'", want: { stdout: "a\ufffdb" } },
  {
    name: "a signal from somebody else is told",
    script: "kill -9 $$",
    want: { end: { kind: "killed", signal: "SIGKILL" } },
  },
  {
    name: "what was written before the deadline is kept",
    script: "echo first; sleep 30",
    limits: { timeoutMs: 300 },
    want: { end: { kind: "timed_out" }, stdout: "first\n" },
  },
];

for (const { name, script, args, limits, want } of ENDINGS) {
  Deno.test(`run a process: ${name}`, async () => {
    await withTool(script, async (run) => {
      const outcome = await run(approveForTest(["tool", ...(args ?? [])], limits), never);
      assert.deepEqual({ ...outcome, ...want }, outcome);
    });
  });
}

Deno.test("run a process: a tool that this machine lacks is an answer", async () => {
  await withTool("", async (run) => {
    const { end } = await run(approveForTest(["dig"]), never);
    assert.deepEqual(end, {
      kind: "not_started",
      missing: true,
      detail: "dig is not installed beside this agent",
    });
  });
});

Deno.test("run a process: a tool removed since the start is an answer", async () => {
  await withTool("", async (run) => {
    const { end } = await run(approveForTest(["gone"]), never);
    assert.equal(end.kind === "not_started" && end.missing, true);
  });
});

const PRLIMIT = (await resolveTools([{ name: "prlimit" }])).paths.get("prlimit");
if (PRLIMIT === undefined) process.stderr.write("SKIPPED: limits of memory; needs prlimit (util-linux)\n");

for (
  const { name, script, want } of [
    {
      // tail keeps a line until it ends.
      name: "a process that needs more memory than it may take is ended, and that is told",
      script: "head -c 300000000 /dev/zero | tail; exit $?",
      want: { end: { kind: "memory_limit", limitBytes: 20 * 2 ** 20 } },
    },
    {
      name: "a process within its memory is not held up",
      script: "head -c 10000000 /dev/zero | tail | wc -c",
      want: { end: { kind: "exited", exitCode: 0 }, stdout: "10000000\n" },
    },
    {
      name: "a failure for another reason stays that",
      script: "echo no such pod >&2; exit 4",
      want: { end: { kind: "exited", exitCode: 4 }, stderr: "no such pod\n" },
    },
  ] as const
) {
  Deno.test({
    name: `run a process: ${name}`,
    ignore: PRLIMIT === undefined,
    async fn() {
      const guard = { path: PRLIMIT ?? "", limitBytes: 20 * 2 ** 20 };
      await withTool(script, async (run) => {
        const outcome = await run(approveForTest(["tool"]), never);
        assert.deepEqual({ ...outcome, ...want }, outcome);
      }, guard);
      // A tool that went away since the start is told as without the guard.
      await withTool("", async (run) => {
        const { end } = await run(approveForTest(["gone"]), never);
        assert.equal(end.kind === "not_started" && end.missing, true);
      }, guard);
    },
  });
}

/** A shell that ignores SIGTERM, with a child and a grandchild that ignore it too and write down their process ids. */
const STUBBORN_FAMILY = `trap '' TERM
echo $$ >pids
sh -c 'trap "" TERM; echo $$ >>pids; sh -c "trap \\"\\" TERM; echo \\$\\$ >>pids; sleep 35; sleep 35"; sleep 35' &
sleep 35; sleep 35`;

async function familyOf(folder: string): Promise<number[]> {
  return await eventually("three processes have started", async () => {
    const pids = (await readFile(join(folder, "pids"), "utf8")).trim().split("\n").map(Number);
    return pids.length === 3 && pids;
  });
}

Deno.test("run a process: 35 s of sleep with a 2 s timeout end within 3 s, children and grandchildren too", async () => {
  await withTool(STUBBORN_FAMILY, async (run, folder) => {
    const startedMs = performance.now();
    const running = run(approveForTest(["tool"], { timeoutMs: 2000 }), never);
    const pids = await familyOf(folder);
    const { end } = await running;
    assert.deepEqual(end, { kind: "timed_out" });
    assert.ok(performance.now() - startedMs < 3000, `took ${performance.now() - startedMs} ms`);
    await eventually("the whole group is dead", () => allDead(pids));
  });
});

Deno.test("run a process: an abort kills the whole group and is answered", async () => {
  await withTool(STUBBORN_FAMILY, async (run, folder) => {
    const controller = new AbortController();
    const running = run(approveForTest(["tool"]), controller.signal);
    const pids = await familyOf(folder);
    controller.abort();
    assert.deepEqual((await running).end, { kind: "cancelled" });
    await eventually("the whole group is dead", () => allDead(pids));
  });
});

Deno.test("run a process: what a tool leaves behind is killed when the tool ends", async () => {
  await withTool("sleep 35 & echo $! >pids; echo done", async (run, folder) => {
    const outcome = await run(approveForTest(["tool"]), never);
    assert.deepEqual(outcome.end, { kind: "exited", exitCode: 0 });
    assert.equal(outcome.stdout, "done\n");
    const pid = Number(await readFile(join(folder, "pids"), "utf8"));
    await eventually("the left child is dead", () => allDead([pid]));
  });
});

Deno.test("run a process: a process that leaves the group can't hold up the answer", async () => {
  await withTool(
    "setsid sh -c 'echo $$ >pids; sleep 5' & while [ ! -s pids ]; do :; done; echo done",
    async (run, folder) => {
      const startedMs = performance.now();
      const outcome = await run(approveForTest(["tool"]), never);
      assert.equal(outcome.stdout, "done\n");
      assert.ok(performance.now() - startedMs < 3000);
      const pid = Number(await readFile(join(folder, "pids"), "utf8"));
      if (await isAlive(pid)) process.kill(pid, "SIGKILL");
    },
  );
});

Deno.test("run a process: an aborted signal starts nothing", async () => {
  await withTool("echo $$ >pids", async (run, folder) => {
    assert.deepEqual((await run(approveForTest(["tool"]), AbortSignal.abort())).end, { kind: "cancelled" });
    assert.deepEqual(await readdir(folder), ["tool"]);
  });
});

Deno.test("run a process: no file descriptor and no zombie is left after 40 runs", async () => {
  await withTool("echo out; echo err >&2", async (run) => {
    await run(approveForTest(["tool"]), never);
    const before = await openFiles();
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 4 }, (_, i) => run(approveForTest(["tool"], { outputLimitBytes: i * 3 }), never)),
      );
    }
    await eventually("as many open files as before", async () => await openFiles() <= before);
    const children = await readFile(`/proc/self/task/${process.pid}/children`, "utf8");
    for (const pid of children.split(" ").filter((text) => text !== "")) {
      assert.doesNotMatch(await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""), /\) Z /);
    }
  });
});
