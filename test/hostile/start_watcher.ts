import { spawn } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import process from "node:process";
import * as z from "zod";
import type { PodLimits } from "../support/pod_limits.ts";

const WATCHER = new URL("./watch_agent.ts", import.meta.url).pathname;
/** The limits in deploy/manifests/04-deployment.yaml. */
export const SHIPPED_LIMITS = { memoryBytes: 256 * 1024 * 1024, cpuMillis: 250 };
/** As the agent's share of the machine in pod_limits.ts: whoever measures is not to wait for those who attack. */
const WATCHER_PRIORITY = -19;

const watchedSchema = z.object({
  peakBytes: z.number(),
  treePeakBytes: z.number(),
  silenceMs: z.number(),
  connectMs: z.number(),
  killed: z.boolean(),
});

/** A process that watches another one. */
interface Watcher extends Disposable {
  /** Stops watching. Resolves to what was seen; `watch_agent.ts` says what each number is. */
  end(): Promise<z.infer<typeof watchedSchema>>;
}

/** Watches a process and its health port; resolves once the port has answered. */
export async function startWatcher(pid: number, port: number, limits: PodLimits): Promise<Watcher> {
  const killAbove = limits.kind === "watched" ? SHIPPED_LIMITS.memoryBytes : Infinity;
  const child = spawn(process.execPath, ["run", "-A", WATCHER, `${pid}`, `${port}`, `${killAbove}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (child.pid !== undefined && limits.kind !== "watched") setPriority(child.pid, WATCHER_PRIORITY);
  await once(child.stdout, "data");
  return {
    async end() {
      let text = "";
      child.stdout.on("data", (chunk: Uint8Array) => text += new TextDecoder().decode(chunk));
      const closed = once(child, "close");
      child.stdin.end();
      await closed;
      return watchedSchema.parse(JSON.parse(text));
    },
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}
