import { readFile } from "node:fs/promises";
import { request } from "node:http";
import process from "node:process";

// A process of its own, because what plays an attack is too busy to tell the agent's silence from its own.
//
//   watch_agent.ts PID PORT KILL_ABOVE_BYTES
//
// Says "watching" once it has had an answer. Ends, with one line of JSON, when its standard input does.

/** What the watcher saw. */
export interface Watched {
  /** Resident memory of the process, at its highest. */
  readonly peakBytes: number;
  /** The same with what all below it have of their own. */
  readonly treePeakBytes: number;
  /** The longest time in which /health/live was asked and nobody answered, but for the time until a connection stood. */
  readonly silenceMs: number;
  /** The longest time until a connection stood: who loses a SYN to a full queue tries again after 1 s, and after 3 s. */
  readonly connectMs: number;
  /** It was above the limit, and the watcher has ended it. */
  readonly killed: boolean;
}

const SAMPLE_MS = 20;
/** Of one question; then it is asked again, as the kubelet does. */
const ANSWER_LIMIT_MS = 5_000;

const [pid = NaN, port = NaN, killAbove = NaN] = process.argv.slice(2).map(Number);
let peakBytes = 0;
let treePeakBytes = 0;
let killed = false;
let silenceMs = 0;
let connectMs = 0;
/** Since when an answer is missing. */
let waitingSince: number | null = null;
/** How much of that time no connection stood: the kernel's time, in which no program hears of a question. */
let unconnectedMs = 0;
let sampling = false;
let asking = false;
let watching = false;

const kilobytesIn = (text: string, name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
const readProc = (of: number, file: string) => readFile(`/proc/${of}/${file}`, "utf8").catch(() => "");

/**
 * What the processes below have written: pages of a program's file are shared, and so is, between fork and exec, all that
 * their parent has.
 */
async function readBelow(of: number): Promise<number> {
  const pids = (await readProc(of, `task/${of}/children`)).split(" ").filter((text) => text !== "").map(Number);
  const bytes = await Promise.all(pids.map(async (pid) => {
    const own = kilobytesIn(await readProc(pid, "smaps_rollup"), "Private_Dirty") * 1024;
    return own + await readBelow(pid);
  }));
  return bytes.reduce((sum, one) => sum + one, 0);
}

async function sampleMemory(): Promise<void> {
  if (sampling) return;
  sampling = true;
  const [status, below] = await Promise.all([readProc(pid, "status"), readBelow(pid)]);
  sampling = false;
  const own = kilobytesIn(status, "VmRSS") * 1024;
  peakBytes = Math.max(peakBytes, kilobytesIn(status, "VmHWM") * 1024);
  treePeakBytes = Math.max(treePeakBytes, own + below);
  if (own + below <= killAbove || killed) return;
  killed = true;
  process.kill(pid, "SIGKILL");
}

/** Asks on a connection of its own, as the kubelet does; one question at a time. */
function askHealth(): void {
  if (asking) return;
  asking = true;
  const askedAt = performance.now();
  waitingSince ??= askedAt;
  const answered = (live: boolean) => {
    asking = false;
    if (!live || waitingSince === null) return;
    silenceMs = Math.max(silenceMs, performance.now() - waitingSince - unconnectedMs);
    waitingSince = null;
    unconnectedMs = 0;
    if (!watching) process.stdout.write("watching\n");
    watching = true;
  };
  const outgoing = request({ port, path: "/health/live", agent: false, timeout: ANSWER_LIMIT_MS }, (incoming) => {
    incoming.resume();
    incoming.on("end", () => answered(incoming.statusCode === 200));
    incoming.on("error", () => answered(false));
  });
  outgoing.on("socket", (socket) =>
    socket.once("connect", () => {
      const waitedMs = performance.now() - askedAt;
      unconnectedMs += waitedMs;
      connectMs = Math.max(connectMs, waitedMs);
    }));
  outgoing.on("timeout", () => outgoing.destroy());
  outgoing.on("error", () => answered(false));
  outgoing.end();
}

const timers = [setInterval(() => void sampleMemory(), SAMPLE_MS), setInterval(askHealth, SAMPLE_MS)];
process.stdin.on("end", () => {
  for (const timer of timers) clearInterval(timer);
  const found: Watched = {
    peakBytes,
    treePeakBytes,
    // A question that nobody has answered until now counts as well.
    silenceMs: Math.max(silenceMs, waitingSince === null ? 0 : performance.now() - waitingSince - unconnectedMs),
    connectMs,
    killed,
  };
  process.stdout.write(`${JSON.stringify(found)}\n`, () => process.exit(0));
}).resume();
