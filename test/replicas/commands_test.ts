import assert from "node:assert/strict";
import { createUser } from "@nats-io/nkeys";
import { headers as createHeaders } from "@nats-io/transport-node";
import { eventually } from "../../sandbox/eventually.ts";
import { signCommand } from "../../src/commands/signature.ts";
import { openSigningKey } from "../../src/commands/signing_key.ts";
import { commandResultSchema } from "../../src/wire/command_result.ts";
import { recordReplicaRow } from "../../tasks/replica_report.ts";
import { CLUSTER, openReplicaRig } from "./replica_rig.ts";
import { replicaPlane } from "./replica_plane.ts";
import { watchingLeader } from "./watch_gap.ts";

Deno.test("replicas: a signed command that the leader ran is refused by its successor", async () => {
  await using plane = await replicaPlane();
  await using rig = await openReplicaRig(plane);
  const key = openSigningKey(new TextDecoder().decode(createUser().getSeed()));
  const config = {
    commands: { trusted_keys: [{ name: "ops", public_key: key.publicKey }], require_signature: true },
  };
  await using a = await rig.start("a", config);
  await watchingLeader(rig, [a]);
  await using b = await rig.start("b", config);
  await eventually("b stands by", async () => (await b.ready()).text.includes("standby of"));

  const body = new TextEncoder().encode(
    JSON.stringify({ id: "signed", type: "diagnostic", tool: "kubectl", action: "get", args: ["namespaces"] }),
  );
  const headers = createHeaders();
  const signed = signCommand(body, { key, clusterId: CLUSTER, expiresAtMs: Date.now() + 120_000 });
  for (const [name, value] of Object.entries(signed)) headers.set(name, value);
  const send = async () => {
    const answer = await rig.central.request(`agent.command.${CLUSTER}`, body, { headers, timeout: 20_000 });
    return commandResultSchema.parse(answer.json());
  };
  assert.equal((await eventually("the leader takes commands", send, 20_000)).status, "success");
  a.child.signal("SIGTERM");
  await a.child.exited;
  await watchingLeader(rig, [b]);
  const again = await eventually("the successor takes commands", send, 20_000);
  assert.deepEqual([again.status, again.refusal?.code], ["failed", "replayed_nonce"]);
  assert.deepEqual([await a.started(), await b.started()], [["signed"], []]);
  await recordReplicaRow({
    scenario: "a signed command, sent again to the successor",
    runs: 1,
    gapsMs: [],
    events: null,
    lost: null,
    copies: null,
    extra: null,
    note: "refused: replayed_nonce",
  });
});
