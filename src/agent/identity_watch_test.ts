import assert from "node:assert/strict";
import { eventually } from "../../sandbox/eventually.ts";
import { createMovableClock } from "../../test/support/pipeline_rig.ts";
import type { OutboundMessage } from "../outbox/outbound_message.ts";
import type { AgentInfo } from "../wire/agent_info.ts";
import { createIdentityWatch } from "./identity_watch.ts";

const OWN: AgentInfo = {
  cluster_id: "prod",
  version: "1",
  start_time: "2026-01-01T00:00:00.000Z",
  capabilities: [],
  cluster_uid: "uid-own",
  instance: "own",
};

Deno.test("identity watch: forty forged registrations are one report an hour, and a true one after it is told", async () => {
  const clock = createMovableClock();
  const put: OutboundMessage[] = [];
  const kinds: string[] = [];
  let rounds = 0;
  let forged = 0;
  const stop = new AbortController();
  const watch = createIdentityWatch({
    clock,
    clusterId: "prod",
    eventSubject: "agent.event.prod",
    outbox: {
      put: (message) => {
        put.push(message);
        return { kind: "accepted" };
      },
    },
    ownInfo: () => {
      rounds++;
      return OWN;
    },
    heard: () =>
      Array.from({ length: 16 }, () => ({
        info: { ...OWN, cluster_uid: "uid-other", instance: `forged-${forged++}` },
        heardAtMs: clock.now(),
      })),
    onClash: (kind) => kinds.push(kind),
  });
  const run = watch.run(stop.signal);
  await eventually("it was judged three times", () => rounds >= 3);
  assert.deepEqual([kinds, put.length], [["other_cluster"], 1]);
  clock.advance(61 * 60_000);
  await eventually("it is told again", () => put.length === 2);
  stop.abort();
  await run;
});
