import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:https";
import { createTestCa } from "../../sandbox/certificates.ts";
import { certificateEndOf, createTlsAgent } from "./tls_agent.ts";

Deno.test("tls agent: knows when the certificate ends that the server showed", async () => {
  const ca = createTestCa();
  const notAfter = new Date("2030-05-06T07:08:09Z");
  const server = createServer(ca.issue({ commonName: "api", notAfter }), (_request, response) => response.end("ok"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const agent = createTlsAgent({ ca: ca.cert });
  try {
    assert.equal(certificateEndOf(agent), null);
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    const outgoing = request({ host: "127.0.0.1", port: address.port, agent });
    outgoing.end();
    const [incoming] = await once(outgoing, "response");
    incoming.resume();
    await once(incoming, "end");
    assert.equal(certificateEndOf(agent), notAfter.getTime());
  } finally {
    agent.destroy();
    server.close();
    await once(server, "close");
  }
});
