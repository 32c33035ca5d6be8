import { headers as createHeaders } from "@nats-io/transport-node";
import type { Clock } from "../lifecycle/clock.ts";
import { errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import { createWakeup } from "../lifecycle/wakeup.ts";
import type { AgentInfo } from "../wire/agent_info.ts";
import { EPOCH_HEADER } from "../wire/epoch_header.ts";
import type { Heartbeat } from "../wire/heartbeat.ts";
import type { SubjectKind } from "../wire/subject.ts";
import type { BusSession } from "./connection.ts";
import { inboxOf } from "./inbox.ts";

interface HeartbeatOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly subject: (kind: SubjectKind) => string;
  readonly session: () => BusSession | null;
  /** Resolves at the next connect or disconnect. */
  readonly sessionChanged: () => Promise<void>;
  readonly agentInfo: () => AgentInfo;
  /** The true figures now; `stopping` in the last beat of an orderly stop. */
  readonly heartbeat: (stopping: boolean) => Heartbeat;
  /** Whether this process may speak for the cluster: with replicas, the leader alone. */
  readonly mayBeat?: () => boolean;
  /** Of the replica that leads; absent without replicas. */
  readonly epoch?: () => string | null;
  /** A heartbeat that was due while the bus was away. */
  readonly onStale: () => void;
  /** Returns a number in [0, 1); `Math.random` unless a test brings its own. */
  readonly random?: () => number;
}

/** A central program that was started anew knows every agent again after this time. */
const REGISTER_AGAIN_MS = 5 * 60_000;

/**
 * Registers in each session and every five minutes; beats at once, then at a random point of the interval, then every
 * interval. A beat that is due while the bus is away is dropped on purpose: an old sign of life says nothing. The last
 * beat of an orderly stop says so.
 */
export function createHeartbeat(options: HeartbeatOptions): Service {
  const log = createLogger("heartbeat");
  const { clock, random = Math.random } = options;

  function send(
    session: BusSession,
    kind: "register" | "heartbeat",
    message: AgentInfo | Heartbeat,
    registeredBefore = false,
  ): void {
    const subject = options.subject(kind);
    const epoch = options.epoch?.() ?? null;
    const headers = createHeaders();
    if (epoch !== null) headers.set(EPOCH_HEADER, epoch);
    const sent = epoch === null ? {} : { headers };
    try {
      if (kind === "heartbeat") return session.nats.publish(subject, JSON.stringify(message), sent);
      // A central program that answers registrations finds where to; nobody waits for the answer.
      session.nats.publish(subject, JSON.stringify(message), { ...sent, reply: inboxOf(session.nats) });
      if (!registeredBefore) log.info("Registered", { cluster_id: message.cluster_id, subject });
    } catch (error) {
      log.warn("Cannot send", { kind, error: errorMessage(error) });
    }
  }

  return {
    name: "heartbeat",
    async run(signal) {
      const wakeup = createWakeup();
      signal.addEventListener("abort", wakeup.fire, { once: true });
      let registered: BusSession | null = null;
      let registerAt = Infinity;
      let nextAt = clock.monotonic() + options.intervalMs; // the first beat comes with the first session
      const mayBeat = options.mayBeat ?? (() => true);
      while (!signal.aborted) {
        const session = mayBeat() ? options.session() : null;
        if (session !== null && session !== registered) {
          registered = session;
          send(session, "register", options.agentInfo());
          send(session, "heartbeat", options.heartbeat(false));
          // At a random point of the interval, so that a restarted NATS does not leave a fleet in step.
          nextAt = clock.monotonic() + random() * options.intervalMs;
          registerAt = clock.monotonic() + REGISTER_AGAIN_MS;
        } else if (session !== null && clock.monotonic() >= registerAt) {
          send(session, "register", options.agentInfo(), true);
          registerAt = clock.monotonic() + REGISTER_AGAIN_MS;
        }
        if (clock.monotonic() >= nextAt) {
          if (session === null) options.onStale();
          else send(session, "heartbeat", options.heartbeat(false));
          // From the plan, not from now: beats do not drift, and beats missed while asleep are not made up for.
          nextAt = Math.max(nextAt + options.intervalMs, clock.monotonic());
        }
        const early = new AbortController();
        wakeup.watch(options.sessionChanged());
        void clock.sleep(Math.max(0, nextAt - clock.monotonic()), early.signal).then(wakeup.fire, () => {});
        await wakeup.next();
        early.abort();
      }
      const session = mayBeat() ? options.session() : null;
      if (session !== null) send(session, "heartbeat", options.heartbeat(true));
    },
  };
}
