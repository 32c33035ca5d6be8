import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Arrival } from "./arrival.ts";
import { processOutcome } from "./command_outcome.ts";
import type { CommandRequest } from "./decide_command.ts";
import type { Decision } from "./decision.ts";
import { type Ending, failedEnding, ranEnding, refusedEnding } from "./ending.ts";
import type { RunProcess } from "./run_process.ts";
import type { Slots } from "./slots.ts";

export interface CommandExecutorOptions {
  readonly decide: (request: CommandRequest) => Promise<Decision>;
  readonly runProcess: RunProcess;
  readonly slots: Slots;
  /** Told when a slot was taken or given back. */
  readonly onSlots: () => void;
}

/** Asks the policy, waits for a slot and runs. Never rejects: when `signal` fires, the ending is `shutting_down`. */
export type ExecuteCommand = (arrival: Arrival, signal: AbortSignal) => Promise<Ending>;

/** Makes the executor of admitted commands. */
export function createCommandExecutor(options: CommandExecutorOptions): ExecuteCommand {
  const { slots, onSlots } = options;
  const log = createLogger("commands");

  async function decideAndRun(arrival: Arrival, signal: AbortSignal): Promise<Ending> {
    const { decoded, receivedAtMs, tool, trace } = arrival;
    const decision = await untilAbort(options.decide({ decoded, receivedAtMs, finding: null }), signal);
    if (decision.kind === "denied") return refusedEnding(arrival, decision);
    await slots.take(signal);
    onSlots();
    try {
      const run = () => options.runProcess(decision.command, signal);
      const ended = trace === null ? await run() : await trace.run(tool, run);
      return ranEnding(decision, processOutcome(decision.command, ended));
    } finally {
      slots.release();
      onSlots();
    }
  }

  return async (arrival, signal) => {
    try {
      return await decideAndRun(arrival, signal);
    } catch (error) {
      if (signal.aborted) {
        return refusedEnding(arrival, { code: "shutting_down", reason: "the agent is stopping; send it again" });
      }
      log.error("Cannot decide on a command", { error: errorMessage(error) });
      return failedEnding();
    }
  };
}

/** The value of `work`, or a rejection as soon as `signal` fires. */
function untilAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
