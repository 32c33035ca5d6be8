import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import { nextTurn } from "../lifecycle/next_turn.ts";
import type { Service } from "../lifecycle/service.ts";
import { createWakeup } from "../lifecycle/wakeup.ts";
import { type CommandDoorOptions, createCommandDoor } from "./admit_command.ts";
import { type CommandAnswersOptions, createCommandAnswers } from "./answer_command.ts";
import { type ArrivalOptions, openArrival } from "./arrival.ts";
import type { CommandDelivery, CommandSource } from "./command_source.ts";
import { refusedEnding } from "./ending.ts";
import { type CommandExecutorOptions, createCommandExecutor } from "./execute_command.ts";
import { createResultMemory } from "./result_memory.ts";
import { createSlots } from "./slots.ts";

/** What the three parts of the way need, and where commands come from. */
export interface CommandServiceOptions
  extends
    ArrivalOptions,
    CommandAnswersOptions,
    Omit<CommandDoorOptions, "results">,
    Omit<CommandExecutorOptions, "slots" | "onSlots"> {
  readonly source: CommandSource;
  /** What deliveries that are taken and not yet answered may hold, and what remembered answers may. */
  readonly maxOpenBytes: number;
  readonly maxResultBytes: number;
  readonly clock: Clock;
  /** Told of a command that is not even looked at, since another replica leads now. */
  readonly onLeft?: () => void;
}

/** What the service holds, in bytes. */
interface CommandBytes {
  /** Deliveries that are taken and not yet answered. */
  readonly open: number;
  /** Ids and answers that are remembered. */
  readonly results: number;
}

export interface CommandService extends Service {
  bytes(): CommandBytes;
  /** Commands that wait for a place. */
  queued(): number;
  running(): number;
}

/**
 * Deliveries that are taken and not yet answered. Above it, and above their bytes, no more are taken, and those that wait
 * meet the bounds of the source: copies of a command that runs wait for its answer, and a flood of them must not take the
 * memory that events need.
 */
const OPEN_LIMIT = 1_000;
/** How long deliveries may be taken before everything else has its turn. */
const TURN_MS = 5;
/** How long answers may wait for the outbox once the service stops. */
const STOP_ANSWER_MS = 500;

/**
 * Takes commands and answers each exactly once, in three steps: the door admits (signature, nonce, repeated id, room), the
 * executor decides and runs (policy, slot, process, redaction), the answer goes out (fit, result, audit). A second delivery
 * of an id gets the first one's answer, also while that one still runs. When `signal` fires, running commands are killed,
 * and they and the waiting ones are answered `shutting_down`.
 */
export function createCommandService(options: CommandServiceOptions): CommandService {
  const { clock, telemetry } = options;
  const log = createLogger("commands");
  const slots = createSlots({ count: options.concurrency, bytes: options.memory.totalBytes });
  const results = createResultMemory({
    now: () => clock.now(),
    byteLimit: options.maxResultBytes,
    onDropped: () => telemetry.commandAnswersDropped.inc(),
  });
  const door = createCommandDoor({ ...options, results });
  const execute = createCommandExecutor({ ...options, slots, onSlots: countPlaces });
  const answers = createCommandAnswers(options);
  let openBytes = 0;
  const queued = () => door.admitted - slots.taken;

  function countPlaces(): void {
    telemetry.commandsRunning.set(slots.taken);
    telemetry.commandQueueSize.set(queued());
  }

  /** One message's whole way. `answering` outlives `signal` by the time that answers get at a stop. */
  async function take(delivery: CommandDelivery, signal: AbortSignal, answering: AbortSignal): Promise<void> {
    const arrival = openArrival(delivery, options);
    const admission = await door.admit(arrival);
    const { signer } = admission;
    switch (admission.kind) {
      case "repeated":
        return await answers.repeat(arrival, admission.body, signer, answering);
      case "refused": {
        const ending = refusedEnding(arrival, admission.refusal);
        return await answers.answer(arrival, ending, { signer, claim: null }, answering);
      }
      case "admitted": {
        countPlaces();
        const ending = await execute(arrival, signer, signal);
        door.leave();
        countPlaces();
        return await answers.answer(arrival, ending, { signer, claim: admission.claim }, answering);
      }
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    const answering = new AbortController();
    const room = createWakeup();
    const open = new Set<Promise<void>>();
    let turnStartedMs = performance.now();
    signal.addEventListener("abort", room.fire, { once: true });
    for await (const delivery of options.source(signal)) {
      if (options.mayAct?.() === false) { // it waited in a socket, perhaps for long: whoever leads now is asked again
        options.onLeft?.();
        continue;
      }
      const { bytes } = delivery;
      const task = take(delivery, signal, answering.signal)
        .catch((error) => log.error("Cannot answer a command", { error: errorMessage(error) }))
        .finally(() => {
          open.delete(task);
          openBytes -= bytes;
          room.fire();
        });
      open.add(task);
      openBytes += bytes;
      // What is refused at the door waits for nothing: a flood of it would be all that this thread does.
      if (performance.now() - turnStartedMs > TURN_MS) {
        await nextTurn();
        turnStartedMs = performance.now();
      }
      while ((open.size >= OPEN_LIMIT || openBytes >= options.maxOpenBytes) && !signal.aborted) await room.next();
    }
    signal.removeEventListener("abort", room.fire);
    const done = new AbortController();
    const giveUp = clock.sleep(STOP_ANSWER_MS, done.signal).then(() => answering.abort(), () => {});
    await Promise.all(open);
    done.abort();
    await giveUp;
  }

  return {
    name: "commands",
    run,
    queued,
    running: () => slots.taken,
    bytes: () => ({ open: openBytes, results: results.bytes() }),
  };
}
