import assert from "node:assert/strict";
import { busOptionsOf } from "./bus_options_of.ts";
import { loadConfigContent } from "../config/load_config.ts";

const ROWS = [
  { name: "no credentials", given: "central_endpoint: nats://a:1", auth: { kind: "none" }, servers: ["nats://a:1"] },
  {
    name: "user and password in an address",
    given: "central_endpoint: 'nats://b, nats://u%40x:p%2Fw@a:1'",
    auth: { kind: "address_password", user: "u@x", password: "p/w" },
    servers: ["nats://b", "nats://a:1"],
  },
  {
    name: "a token in an address",
    given: "central_endpoint: tls://tok@a",
    auth: { kind: "address_token", token: "tok" },
    servers: ["tls://a"],
  },
  {
    name: "an at sign in a path",
    given: "central_endpoint: wss://u:p@a/b@c",
    auth: { kind: "address_password", user: "u", password: "p" },
    servers: ["wss://a/b@c"],
  },
  {
    name: "user and password file",
    given: "central_endpoint: nats://a\nnats: {user: u, password_file: /p}",
    auth: { kind: "user_password", user: "u", passwordFile: "/p" },
    servers: ["nats://a"],
  },
];

for (const { name, given, auth, servers } of ROWS) {
  Deno.test(`busOptionsOf() reads ${name}`, async () => {
    const loaded = await loadConfigContent("c.yaml", { kind: "ok", text: given }, { env: {} });
    assert.ok(loaded.kind === "ok");
    assert.deepEqual(busOptionsOf(loaded.config), { servers, auth, inboxPrefix: "_INBOX", tls: null });
  });
}

Deno.test("busOptionsOf() gives each server its own credentials where they differ", async () => {
  const text = "central_endpoint: 'nats://u:p@a:1, nats://v:q@b:2, nats://c:3'";
  const loaded = await loadConfigContent("c.yaml", { kind: "ok", text }, { env: {} });
  assert.ok(loaded.kind === "ok");
  const { auth, ownAuth } = busOptionsOf(loaded.config);
  const first = { kind: "address_password", user: "u", password: "p" };
  assert.deepEqual(auth, first);
  assert.deepEqual([...ownAuth ?? []], [
    ["nats://a:1", first],
    ["nats://b:2", { kind: "address_password", user: "v", password: "q" }],
  ]);
});

Deno.test("busOptionsOf() gives each agent an inbox of its own where the configuration says auto", async () => {
  const loaded = await loadConfigContent("c.yaml", {
    kind: "ok",
    text: "central_endpoint: nats://a\nnats: {inbox_prefix: auto}\n",
  }, { env: {} });
  assert.ok(loaded.kind === "ok");
  assert.equal(busOptionsOf(loaded.config, "prod-1").inboxPrefix, "_INBOX.prod-1");
  assert.equal(busOptionsOf(loaded.config).inboxPrefix, "_INBOX");
});
