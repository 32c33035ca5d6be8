import assert from "node:assert/strict";
import { parseMessage } from "./parse_message.ts";

/** As components write them; the places of their words are in parse_message.ts. */
const ROWS: readonly { readonly message: string; readonly found: unknown }[] = [
  {
    message:
      "0/20 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}, 3 Insufficient cpu, 16 node(s) didn't match Pod's node affinity/selector. preemption: 0/20 nodes are available: 20 Preemption is not helpful for scheduling.",
    found: {
      scheduling: {
        available: 0,
        nodes: 20,
        reasons: [
          { nodes: 1, reason: "node(s) had untolerated taint {dedicated: gpu}" },
          { nodes: 3, reason: "Insufficient cpu" },
          { nodes: 16, reason: "node(s) didn't match Pod's node affinity/selector" },
        ],
      },
    },
  },
  {
    message:
      "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
    found: {
      scheduling: {
        available: 0,
        nodes: 2,
        reasons: [{ nodes: 2, reason: "node(s) didn't match Pod's node affinity/selector" }],
      },
    },
  },
  {
    message:
      'Error creating: pods "web-6c" is forbidden: exceeded quota: small, requested: limits.cpu=2,pods=1, used: limits.cpu=3,pods=4, limited: limits.cpu=4,pods=4',
    found: {
      quota: {
        name: "small",
        requested: { "limits.cpu": "2", pods: "1" },
        used: { "limits.cpu": "3", pods: "4" },
        limited: { "limits.cpu": "4", pods: "4" },
      },
    },
  },
  {
    message:
      'Failed to pull image "registry.example.com/shop/web:2": failed to resolve reference: unexpected status from HEAD request to https://registry.example.com/v2/shop/web/manifests/2: 403 Forbidden',
    found: { image: "registry.example.com/shop/web:2", registry: "registry.example.com", http_status: 403 },
  },
  {
    message: 'Failed to pull image "web:2": dial tcp: lookup registry-1.docker.io on 10.96.0.10:53: no such host',
    found: { image: "web:2", registry: "docker.io", host: "registry-1.docker.io" },
  },
  {
    message:
      'Internal error occurred: failed calling webhook "check.example.com": dial tcp 10.0.0.7:443: connection refused',
    found: { host: "10.0.0.7:443", webhook: "check.example.com" },
  },
  {
    message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
    found: { http_status: 503, probe: "Readiness" },
  },
  { message: 'Error: configmap "app-config" not found', found: { missing: { kind: "configmap", name: "app-config" } } },
  {
    message: "Error: couldn't find key password in Secret shop/db",
    found: { missing: { key: "password", kind: "Secret", name: "shop/db" } },
  },
  { message: "Back-off restarting failed container app in pod web-1_shop(1)", found: null },
  { message: "", found: null },
];

for (const { message, found } of ROWS) {
  Deno.test(`message: ${message.slice(0, 80) || "none"}`, () => assert.deepEqual(parseMessage(message), found));
}

Deno.test("message: a hostile one is read in no time", () => {
  const started = performance.now();
  for (
    const part of [
      'image "',
      "0/1 nodes are available: ",
      ", 1 ",
      "exceeded quota: a, requested: ",
      "lookup a.",
      ": 200 ",
    ]
  ) {
    parseMessage(part.repeat(100_000));
  }
  assert.ok(performance.now() - started < 500);
});
