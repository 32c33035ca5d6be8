import { errors, type NatsConnection } from "@nats-io/transport-node";
import type { Clock } from "../lifecycle/clock.ts";
import { AgentError, isAbort } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import type { NatsErrorKind } from "../telemetry/label_values.ts";
import type { BusOptions } from "./bus_options.ts";
import { connectNats } from "./connect_nats.ts";
import { reconnectWaitMs } from "./reconnect_wait.ts";
import { explainNatsError, failureOf, type NatsTarget, natsTargetOf } from "./nats_error.ts";

/** One connection from its making to its end. */
export interface BusSession {
  readonly nats: NatsConnection;
  /** The largest message that the server takes, headers included. */
  readonly maxPayload: number;
  /** Fires when the connection has ended. */
  readonly ended: AbortSignal;
  /** How often the server has refused a publish to `subject` in this session: nothing else tells (see `nats_error.ts`). */
  publishRefusals(subject: string): number;
  /** From now on a refused subscription to `subject` is no trouble: nothing depends on it. */
  tolerateRefusal(subject: string): void;
}

export interface BusStatus {
  readonly connected: boolean;
  /** The server's address, or `null`. */
  readonly server: string | null;
  readonly connects: number;
  /** Tries in a row that failed. */
  readonly failures: number;
  readonly lastError: string | null;
  /** Subjects that the server refuses, with what to do. */
  readonly refusals: readonly string[];
}

interface BusConnectionOptions {
  /** Read at each connect: the cluster id in the name may not be known before. */
  readonly bus: () => BusOptions;
  readonly clock: Clock;
  /** Half of the longest first wait after a loss; later waits double up to a minute. See `reconnectWaitMs`. */
  readonly reconnectDelayMs: number;
  /** Failed tries in a row before the service fails; -1 is for ever. */
  readonly maxRetries: number;
  /** Subjects that nothing depends on: a refusal to subscribe or publish is no trouble. */
  readonly optionalSubjects?: readonly string[];
  readonly onConnected: (session: BusSession) => void;
  readonly onDisconnected: () => void;
  readonly onError: (kind: NatsErrorKind) => void;
}

export interface BusConnection extends Service {
  session(): BusSession | null;
  /** Resolves at the next connect or disconnect. */
  changed(): Promise<void>;
  status(): BusStatus;
}

/** Wrong credentials stay wrong until a person or a secret store changes them: knocking faster only locks accounts. */
const AUTHORIZATION_WAIT_MS = 10_000;

/** Keeps one NATS connection: connects in the background, for as long as it takes, and again when it is lost. */
export function createBusConnection(options: BusConnectionOptions): BusConnection {
  const { clock } = options;
  const log = createLogger("bus");
  let session: BusSession | null = null;
  let connects = 0;
  let failures = 0;
  let lastError: string | null = null;
  let refusals = new Map<string, { count: number; message: string; isTrouble: boolean }>();
  let change = Promise.withResolvers<void>();

  function setSession(next: BusSession | null): void {
    session = next;
    change.resolve();
    change = Promise.withResolvers<void>();
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const bus = options.bus();
      const target = natsTargetOf(bus);
      let nats: NatsConnection;
      try {
        nats = await connectUnlessAborted(bus, signal);
      } catch (error) {
        if (isAbort(error, signal)) return;
        const { kind, message } = explainNatsError(error, target);
        lastError = message;
        options.onError(kind);
        failures++;
        if (options.maxRetries >= 0 && failures > options.maxRetries) {
          throw new AgentError(
            failureOf(kind),
            `Cannot connect to NATS after ${failures} tries: ${message}`,
            { cause: error },
          );
        }
        const plainMs = reconnectWaitMs(failures, options.reconnectDelayMs);
        const waitMs = kind === "authorization" ? Math.max(plainMs, AUTHORIZATION_WAIT_MS) : plainMs;
        log.warn("Cannot connect to NATS", { error: message, failures, waitMs });
        await clock.sleep(waitMs, signal).catch(() => {});
        continue;
      }
      await runSession(nats, target, signal);
      if (!signal.aborted) await clock.sleep(reconnectWaitMs(0, options.reconnectDelayMs), signal).catch(() => {});
    }
  }

  async function runSession(nats: NatsConnection, target: NatsTarget, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    refusals = new Map();
    const optional = new Set(options.optionalSubjects);
    failures = 0;
    connects++;
    const made: BusSession = {
      nats,
      maxPayload: nats.info?.max_payload ?? 1024 * 1024,
      ended: ended.signal,
      publishRefusals: (subject) => refusals.get(`publish ${subject}`)?.count ?? 0,
      tolerateRefusal: (subject) => void optional.add(subject),
    };
    log.info("Connected to NATS", { server: nats.getServer(), maxPayload: made.maxPayload });
    const statuses = watchStatus(nats, target, optional);
    setSession(made);
    options.onConnected(made);
    const stop = () => void drain(nats);
    signal.addEventListener("abort", stop, { once: true });
    const reason = await nats.closed();
    signal.removeEventListener("abort", stop);
    setSession(null);
    ended.abort();
    await statuses;
    if (!signal.aborted) {
      if (reason instanceof Error) lastError = explainNatsError(reason, target).message;
      log.warn("The NATS connection ended", { error: lastError ?? "closed by the server" });
    }
    options.onDisconnected();
  }

  async function watchStatus(nats: NatsConnection, target: NatsTarget, optional: ReadonlySet<string>): Promise<void> {
    for await (const status of nats.status()) {
      if (status.type !== "error") continue;
      const { error } = status;
      const { kind, message } = explainNatsError(error, target);
      if (error instanceof errors.PermissionViolationError) {
        const { operation, subject } = error;
        if (operation === "subscription" && optional.has(subject)) {
          log.info("NATS does not allow a subscription that nothing depends on", { subject });
          continue;
        }
        const known = refusals.get(`${operation} ${subject}`);
        const isTrouble = !optional.has(subject);
        refusals.set(`${operation} ${subject}`, { count: (known?.count ?? 0) + 1, message, isTrouble });
        if (known !== undefined || !isTrouble) continue; // said once a session, or by whoever published
      }
      lastError = message;
      options.onError(kind);
      log.error("NATS reports an error", { error: message });
    }
  }

  return {
    name: "bus",
    run,
    session: () => session,
    changed: () => change.promise,
    status: () => ({
      connected: session !== null,
      server: session?.nats.getServer() ?? null,
      connects,
      failures,
      lastError,
      refusals: [...refusals.values()].filter(({ isTrouble }) => isTrouble).map(({ message }) => message),
    }),
  };
}

/** Sends what is buffered, then closes; a connection that is already gone needs neither. */
async function drain(nats: NatsConnection): Promise<void> {
  try {
    await nats.drain();
  } catch {
    await nats.close().catch(() => {});
  }
}

/** The library's connect knows no signal; a connection that arrives after the abort is closed again. */
function connectUnlessAborted(bus: BusOptions, signal: AbortSignal): Promise<NatsConnection> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    connectNats(bus).then((nats) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) void nats.close().catch(() => {});
      else resolve(nats);
    }, (error) => {
      signal.removeEventListener("abort", stop);
      reject(error);
    });
  });
}
