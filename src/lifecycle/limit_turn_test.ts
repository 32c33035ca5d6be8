import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setImmediate } from "node:timers";
import { limitTurn } from "./limit_turn.ts";

Deno.test("limit turn: a flood is read in many turns of the event loop, and all of it", async () => {
  const offered = 16 * 1024 * 1024;
  const server = createServer((socket) => socket.end(new Uint8Array(offered)));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const socket = connect(address.port, "127.0.0.1");
  limitTurn(socket, 128 * 1024);
  let [read, inTurn, most, ended] = [0, 0, 0, false];
  socket.on("data", ({ length }) => {
    read += length;
    inTurn += length;
    most = Math.max(most, inTurn);
  });
  socket.on("close", () => ended = true);
  while (!ended) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    inTurn = 0;
    const until = performance.now() + 2; // the sender is ahead
    while (performance.now() < until);
  }
  server.close();
  assert.equal(read, offered);
  assert.ok(most <= 512 * 1024, `${most} bytes in one turn`);
});
