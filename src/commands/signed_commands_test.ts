import assert from "node:assert/strict";
import { createUser } from "@nats-io/nkeys";
import { probeCommand, startCommandHarness } from "../../test/support/command_harness.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { signCommand } from "./signature.ts";
import { openSigningKey } from "./signing_key.ts";

const newKey = () => openSigningKey(new TextDecoder().decode(createUser().getSeed()));
const KEY = newKey();
const STRANGER = newKey();
const trustedKeys = [{ name: "ops", publicKey: KEY.publicKey }];

function signed(command: object, more: { key?: typeof KEY; clusterId?: string; lifetimeMs?: number } = {}) {
  const body = JSON.stringify(command);
  const headers = signCommand(new TextEncoder().encode(body), {
    key: more.key ?? KEY,
    clusterId: more.clusterId ?? "local",
    expiresAtMs: Date.now() + (more.lifetimeMs ?? 60_000),
  });
  return { body, headers };
}

const CASES: readonly {
  name: string;
  make: () => { body: string; headers: Readonly<Record<string, string>> };
  want?: string;
}[] = [
  { name: "a signed command runs", make: () => signed(probeCommand("c1", "hello")) },
  { name: "an unsigned one", make: () => ({ ...signed(probeCommand("c1", "hello")), headers: {} }), want: "unsigned" },
  {
    name: "one signed by a stranger",
    make: () => signed(probeCommand("c1", "hello"), { key: STRANGER }),
    want: "untrusted_key",
  },
  {
    name: "one whose body was changed",
    make: () => ({ ...signed(probeCommand("c1", "hello")), body: JSON.stringify(probeCommand("c1", "fail")) }),
    want: "bad_signature",
  },
  {
    name: "one that has expired",
    make: () => signed(probeCommand("c1", "hello"), { lifetimeMs: -1 }),
    want: "expired_signature",
  },
  {
    name: "one that lives too long",
    make: () => signed(probeCommand("c1", "hello"), { lifetimeMs: 600_000 }),
    want: "expired_signature",
  },
  {
    name: "one signed for another cluster",
    make: () => signed(probeCommand("c1", "hello"), { clusterId: "other" }),
    want: "bad_signature",
  },
  {
    name: "one signed for another cluster that says so",
    make: () => signed(probeCommand("c1", "hello", { cluster_id: "other" }), { clusterId: "other" }),
    want: "wrong_cluster",
  },
];

for (const { name, make, want } of CASES) {
  Deno.test(`signed commands: ${name}`, async () => {
    await using harness = await startCommandHarness({ requireSignature: true, trustedKeys });
    const { body, headers } = make();
    const answer = await harness.ask(body, headers);
    assert.equal(answer.refusal?.code, want);
    assert.equal(answer.status, want === undefined ? "success" : "failed");
    assert.match(harness.audit[0] ?? "", want === undefined ? /"signed_by":"ops"/ : /"signed_by":null/);
  });
}

Deno.test("signed commands: a replay is refused, at once and after a restart", async () => {
  await using folder = await createTempDir("replay");
  const options = { requireSignature: true, trustedKeys, noncePath: folder.file("nonces") };
  const { body, headers } = signed(probeCommand("c1", "hello"));
  {
    await using harness = await startCommandHarness(options);
    assert.equal((await harness.ask(body, headers)).status, "success");
    assert.equal((await harness.ask(body, headers)).refusal?.code, "replayed_nonce");
    const anew = signed(probeCommand("c1", "hello"));
    assert.equal((await harness.ask(anew.body, anew.headers)).status, "success");
  }
  await using restarted = await startCommandHarness(options);
  assert.equal((await restarted.ask(body, headers)).refusal?.code, "replayed_nonce");
});

Deno.test("signed commands: who is refused at the door can't block the id of a real command", async () => {
  await using harness = await startCommandHarness({ requireSignature: true, trustedKeys });
  assert.equal((await harness.ask(probeCommand("c1", "fail"))).refusal?.code, "unsigned");
  const { body, headers } = signed(probeCommand("c1", "hello"));
  assert.equal((await harness.ask(body, headers)).output, "hello\n");
  assert.equal(new Set(harness.results.map((message) => message.id)).size, 2);
});

Deno.test("signed commands: a wrong signature is refused where none is required", async () => {
  await using harness = await startCommandHarness({ trustedKeys });
  const { body, headers } = signed(probeCommand("c1", "hello"), { key: STRANGER });
  assert.equal((await harness.ask(body, headers)).refusal?.code, "untrusted_key");
  assert.equal((await harness.ask(probeCommand("c2", "hello"))).status, "success");
});
