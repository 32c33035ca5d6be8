import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import process from "node:process";
import { type Order, type SimulatorPlan, type Telling, tellingSchema } from "./simulator_messages.ts";

const PROGRAM = new URL("./simulator.ts", import.meta.url).pathname;

/** A process with simulated agents. */
export interface Simulator extends AsyncDisposable {
  readonly pid: number;
  readonly clusterIds: readonly string[];
  /** Resolves once it has obeyed, with how its agents are then. */
  order(order: Order): Promise<Telling>;
  running(): boolean;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** SIGKILL: what a node's end is to its agent. */
  kill(): Promise<void>;
}

/** Starts the process; its agents start when they are told to. */
export async function startSimulator(plan: SimulatorPlan): Promise<Simulator> {
  const child = spawn(process.execPath, ["run", "-A", "--no-check", PROGRAM, JSON.stringify(plan)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child, "spawn");
  const pid = child.pid;
  if (pid === undefined) throw new Error("The simulator has no process id");
  let ended = false;
  const waiting = new Map<number, { resolve(telling: Telling): void; reject(error: Error): void }>();
  const exited = once(child, "exit").then(([code, signal]) => {
    ended = true;
    for (const { reject } of waiting.values()) reject(new Error(`The simulator ended: ${code ?? signal}`));
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const telling = tellingSchema.parse(JSON.parse(line));
    waiting.get(telling.number)?.resolve(telling);
    waiting.delete(telling.number);
  });
  child.stdin.on("error", () => {}); // it was killed
  let next = 0;
  return {
    pid,
    clusterIds: plan.clusterIds,
    running: () => !ended,
    order(order) {
      if (ended) return Promise.reject(new Error("The simulator has ended"));
      const number = next++;
      return new Promise((resolve, reject) => {
        waiting.set(number, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ number, order })}\n`);
      });
    },
    signal: (name) => void (ended || process.kill(pid, name)),
    async kill() {
      if (!ended) process.kill(pid, "SIGKILL");
      await exited;
    },
    async [Symbol.asyncDispose]() {
      if (!ended) process.kill(pid, "SIGKILL");
      await exited;
    },
  };
}
