import { once } from "node:events";
import { createServer } from "node:net";
import { eventually } from "../../sandbox/eventually.ts";

/** Something that takes connections and never says a word. */
export async function startSilence() {
  const sockets = new Set<{ destroy(): unknown }>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    /** Resolves once somebody connects. */
    reached: () => {
      const before = connections;
      return eventually("somebody connects", () => connections > before, 30_000);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
