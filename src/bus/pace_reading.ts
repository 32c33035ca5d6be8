import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { NatsConnection } from "@nats-io/transport-node";
import { limitTurn } from "../lifecycle/limit_turn.ts";

/** Some hundred messages, each some ten microseconds of work in the library alone. */
const TURN_BYTES = 128 * 1024;

/**
 * Keeps a flood of messages from being all that the event loop does. Without TLS alone: the sockets of `node:tls` read on
 * while they are paused. The library does not show its socket; where it is not found, nothing is limited.
 */
export function paceReading(nats: NatsConnection): NatsConnection {
  const socket = partOf(partOf(partOf(nats, "protocol"), "transport"), "socket");
  if (socket instanceof Socket && !(socket instanceof TLSSocket)) limitTurn(socket, TURN_BYTES);
  return nats;
}

function partOf(owner: unknown, name: string): unknown {
  return typeof owner === "object" && owner !== null ? Reflect.get(owner, name) : undefined;
}
