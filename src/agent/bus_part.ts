import { type BusConnection, type BusStatus, createBusConnection } from "../bus/connection.ts";
import type { Condition } from "../lifecycle/condition.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { AgentContext } from "./agent_context.ts";
import { busOptionsOf } from "./bus_options_of.ts";

/** The connection to NATS. */
export interface BusPart extends AgentPart {
  readonly connection: BusConnection;
  /** Calls `listener` at each connect and disconnect. */
  onChange(listener: () => void): void;
  /** The largest message that the server takes, or the usual limit while there is no session to ask. */
  maxPayload(): number;
}

/** The default `max_payload` of a NATS server, until one says its own. */
const USUAL_MAX_PAYLOAD = 1024 * 1024;

/** Keeps the connection to NATS and tells how it does. */
export function createBusPart({ config, clusterId, clock, telemetry, subject }: AgentContext): BusPart {
  const listeners: (() => void)[] = [];
  const changed = () => listeners.forEach((listener) => listener());
  const connection = createBusConnection({
    bus: () => ({ ...busOptionsOf(config, clusterId), name: `agent-${clusterId}` }),
    clock,
    reconnectDelayMs: config.reconnect_delay,
    maxRetries: config.max_retries,
    // Who else uses the id is heard where that is allowed; updates go where a central program knows of them.
    optionalSubjects: [subject("register"), subject("update")],
    onConnected: () => {
      if (connection.status().connects > 1) telemetry.natsReconnects.inc();
      changed();
    },
    onDisconnected: changed,
    onError: (kind) => telemetry.natsErrors.inc({ kind }),
  });
  return {
    name: "bus",
    services: [connection],
    connection,
    onChange: (listener) => void listeners.push(listener),
    maxPayload: () => connection.session()?.maxPayload ?? USUAL_MAX_PAYLOAD,
    conditions: () => busConditions(connection.status()),
    status() {
      const { connected, server, connects, failures, lastError, refusals } = connection.status();
      return { nats: { connected, server, connects, failures, last_error: lastError, refusals } };
    },
    refreshGauges: () => telemetry.connected.set(connection.session() === null ? 0 : 1),
  };
}

/** The connection, and each subject that the server refuses. */
export function busConditions(bus: BusStatus): readonly Condition[] {
  if (!bus.connected) return [{ name: "nats", ok: false, detail: `not connected: ${bus.lastError ?? "connecting"}` }];
  const connected = { name: "nats", ok: true, detail: `connected to ${bus.server}` };
  return [connected, ...bus.refusals.map((detail) => ({ name: "nats permission", ok: false, detail }))];
}
