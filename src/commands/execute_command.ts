import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Arrival } from "./arrival.ts";
import { auditStart } from "./audit/audit_decision.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import { processOutcome, type RedactOutput } from "./command_outcome.ts";
import type { CommandRequest } from "./decide_command.ts";
import type { AllowedDecision, CommandRefusal, Decision } from "./decision.ts";
import { type Ending, failedEnding, ranEnding, refusedEnding } from "./ending.ts";
import { type MemoryLimits, memoryNeed } from "./memory_need.ts";
import type { RunProcess } from "./run_process.ts";
import type { LookUpName } from "./lookup/look_up_name.ts";
import type { Slots } from "./slots.ts";
import type { TargetPorts } from "./target/check_target.ts";
import type { CommandSigner } from "./verify_signature.ts";

export interface CommandExecutorOptions {
  /** Asks the policy. It looks names up with `resolve` and with nothing else. */
  readonly decide: (request: CommandRequest, resolve: TargetPorts["resolve"]) => Promise<Decision>;
  readonly lookUp: LookUpName;
  readonly runProcess: RunProcess;
  readonly redact: RedactOutput;
  readonly audit: AuditLog;
  readonly clusterId: string;
  /** What each command may take, and all of them. */
  readonly memory: MemoryLimits;
  readonly slots: Slots;
  /** Told when a slot was taken or given back. */
  readonly onSlots: () => void;
  /** Whether this process may take and run commands: with replicas, the leader alone. Asked again before each run. */
  readonly mayAct?: () => boolean;
}

/**
 * All lookups of one command together. Longer than a resolver's own retries against one dead server, and shorter than
 * most commands.
 */
const LOOKUP_LIMIT_MS = 5_000;

/** Asks the policy, waits for a slot and runs. Never rejects: when `signal` fires, the ending is `shutting_down`. */
type ExecuteCommand = (
  arrival: Arrival,
  signer: CommandSigner | null,
  signal: AbortSignal,
) => Promise<Ending>;

/** A command's place among those that run. */
interface TakenSlot {
  /** When it was taken, in milliseconds: the command's own time begins there. */
  readonly startMs: number;
  readonly release: () => void;
}

/** Makes the executor of admitted commands. */
export function createCommandExecutor(options: CommandExecutorOptions): ExecuteCommand {
  const { slots, onSlots } = options;
  const log = createLogger("commands");

  async function decideAndRun(
    arrival: Arrival,
    signer: CommandSigner | null,
    signal: AbortSignal,
  ): Promise<Ending> {
    const { decoded, receivedAtMs } = arrival;
    let slot: Promise<TakenSlot> | null = null;
    const takeSlot = (): Promise<TakenSlot> =>
      slot ??= slots.take(memoryNeed(arrival.tool, options.memory), signal).then((release) => {
        onSlots();
        return { startMs: performance.now(), release };
      });
    try {
      const resolve = resolveInside(takeSlot, signal);
      const decision = await untilAbort(options.decide({ decoded, receivedAtMs, finding: null }, resolve), signal);
      if (decision.kind === "denied") return refusedEnding(arrival, decision);
      const { startMs } = await takeSlot();
      if (options.mayAct?.() === false) return refusedEnding(arrival, SHUTTING_DOWN);
      const command = decoded.kind === "decoded" ? decoded.command : null;
      const request = { clusterId: options.clusterId, id: arrival.id, command, signer };
      // On disk before anything runs: a command that ends the agent, or the node, has left its line.
      const startedSeq = await options.audit.record(auditStart(request, decision.command.argv));
      if (startedSeq === null) return refusedEnding(arrival, AUDIT_NOT_KEPT);
      return await runStarted(arrival, decision, startMs, startedSeq, signal);
    } finally {
      if (slot !== null) await giveBack(slot);
    }
  }

  async function runStarted(
    { tool, trace }: Arrival,
    decision: AllowedDecision,
    startMs: number,
    startedSeq: number,
    signal: AbortSignal,
  ): Promise<Ending> {
    try {
      const run = () => options.runProcess(decision.command, signal, performance.now() - startMs);
      const ended = trace === null ? await run() : await trace.run(tool, run);
      return ranEnding(decision, await processOutcome(decision.command, ended, options.redact, signal), startedSeq);
    } catch (error) {
      log.error("Cannot tell what a command said", { error: errorMessage(error) });
      return failedEnding(startedSeq);
    }
  }

  /**
   * Looks names up inside the command's slot, so that never more senders' names are looked up than commands may run, and
   * a name that nobody answers for costs its sender's own time. What needs no lookup is decided on without a slot.
   */
  function resolveInside(takeSlot: () => Promise<TakenSlot>, signal: AbortSignal): TargetPorts["resolve"] {
    return async (name, timeoutMs) => {
      const { startMs } = await takeSlot();
      const endMs = startMs + Math.min(timeoutMs, LOOKUP_LIMIT_MS);
      return await options.lookUp(name, { deadlineMs: Math.max(0, endMs - performance.now()), signal });
    };
  }

  /** A slot that is still waited for is not taken: the wait ends with `signal`. */
  async function giveBack(slot: Promise<TakenSlot>): Promise<void> {
    const taken = await slot.catch(() => null);
    if (taken === null) return;
    taken.release();
    onSlots();
  }

  return async (arrival, signer, signal) => {
    try {
      return await decideAndRun(arrival, signer, signal);
    } catch (error) {
      if (signal.aborted) {
        return refusedEnding(arrival, SHUTTING_DOWN);
      }
      log.error("Cannot decide on a command", { error: errorMessage(error) });
      return failedEnding(null);
    }
  };
}

const AUDIT_NOT_KEPT: CommandRefusal = {
  code: "audit_not_kept",
  reason: "the agent can't write the audit log, and runs nothing without a line there; see its readiness and its log",
};

const SHUTTING_DOWN: CommandRefusal = { code: "shutting_down", reason: "the agent is stopping; send it again" };

/** The value of `work`, or a rejection as soon as `signal` fires. */
function untilAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
