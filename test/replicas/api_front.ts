import { createServer, request as httpsRequest } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createTestCa } from "../../sandbox/certificates.ts";
import type { ControlPlane } from "../support/control_plane.ts";

/** What an API server does to those who ask it: as it should, each answer so much later, or "too many requests". */
type Mood = { readonly kind: "well" } | { readonly kind: "slow"; readonly ms: number } | { readonly kind: "throttles" };

/** A way to the API server that can be in trouble, while the test's own way is not. */
export interface ApiFront extends AsyncDisposable {
  readonly port: number;
  /** Whom to trust beside the API server's own authority. */
  readonly ca: string;
  be(mood: Mood): void;
  /** Requests that were answered with 429. */
  throttled(): number;
}

/** Starts a front of a real API server. Watches that are open stay open, as they do on one that is busy. */
export async function openApiFront(plane: ControlPlane): Promise<ApiFront> {
  const ca = createTestCa("front authority");
  const sockets = new Set<Socket>();
  let mood: Mood = { kind: "well" };
  let throttled = 0;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    if (mood.kind === "throttles") {
      throttled++;
      request.resume();
      response.writeHead(429, { "retry-after": "1", "content-type": "application/json" });
      return void response.end(
        JSON.stringify({ kind: "Status", code: 429, reason: "TooManyRequests", message: "later" }),
      );
    }
    const { url = "/", method = "GET", headers } = request;
    const slowMs = mood.kind === "slow" ? mood.ms : 0;
    const onward = httpsRequest(`${plane.url}${url}`, { method, headers, ca: plane.ca, agent: false }, (answered) => {
      setTimeout(() => {
        response.writeHead(answered.statusCode ?? 502, answered.headers);
        response.flushHeaders();
        answered.pipe(response);
      }, slowMs);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  }

  const { cert, key } = ca.issue({ commonName: "front", key: "p256" });
  const server = createServer({ cert, key }, answer);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    ca: ca.cert,
    be: (next) => void (mood = next),
    throttled: () => throttled,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
