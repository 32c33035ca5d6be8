import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import process from "node:process";
import { eventually } from "../../sandbox/eventually.ts";
import { nextTurn } from "./next_turn.ts";

const TURN_MS = 5;

Deno.test("next turn: a request is answered within a few turns of work that goes on and on", async () => {
  const server = createServer((_request, response) => response.end("ok"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  // From a process of its own: a client in this one would wait with the server.
  const ask = `const ask = async () => await (await fetch("http://127.0.0.1:${address.port}")).text();
    await ask(); console.log("asked"); await ask(); console.log("answered")`;
  const client = spawn(process.execPath, ["eval", ask], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(client, "close");
  let said = "";
  client.stdout.on("data", (chunk: Uint8Array) => said += new TextDecoder().decode(chunk));
  await eventually("the client asks", () => said.includes("asked"));
  let turns = 0;
  while (!said.includes("answered") && turns < 1_000) {
    const until = performance.now() + TURN_MS;
    while (performance.now() < until);
    await nextTurn();
    turns++;
  }
  await closed;
  server.closeAllConnections();
  server.close();
  assert.ok(turns < 60, `${turns} turns`);
});
