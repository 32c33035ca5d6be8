import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Bounds on what clients may hold of the health server. */
interface ConnectionLimits {
  /** Open connections. One more closes the one that has been idle for longest, or itself where none is idle. */
  readonly connections: number;
  /** How long a connection may take to bring a whole request, the first and each later one. */
  readonly requestMs: number;
}

/** A scrape and the probes of a kubelet hold a handful; each costs some kilobytes. */
export const CONNECTION_LIMITS: ConnectionLimits = { connections: 64, requestMs: 5_000 };

/**
 * Keeps `server` within the limits, whoever connects: any pod of the cluster may. The runtime's own timeouts are checked
 * late and count no connections, so each connection gets a timer of its own here.
 */
export function limitConnections(server: Server, { connections, requestMs }: ConnectionLimits): void {
  /** Idle connections, the one that has been idle for longest first, each with the timer that ends it. */
  const idle = new Map<Socket, ReturnType<typeof setTimeout>>();
  const busy = new Set<Socket>();

  function rest(socket: Socket): void {
    if (socket.destroyed) return;
    busy.delete(socket);
    idle.set(socket, setTimeout(() => socket.destroy(), requestMs));
  }

  function forget(socket: Socket): void {
    clearTimeout(idle.get(socket));
    idle.delete(socket);
    busy.delete(socket);
  }

  server.on("connection", (socket) => {
    socket.on("error", () => {}); // a client that resets its connection is no news
    socket.once("close", () => forget(socket));
    if (idle.size + busy.size >= connections) {
      const [oldest] = idle.keys();
      if (oldest === undefined) return void socket.destroy();
      forget(oldest);
      oldest.destroy();
    }
    rest(socket);
  });
  server.on("request", ({ socket }, response) => {
    if (!idle.has(socket)) return;
    forget(socket);
    busy.add(socket);
    response.once("close", () => busy.has(socket) && rest(socket));
  });
}
