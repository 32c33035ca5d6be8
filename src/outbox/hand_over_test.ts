import assert from "node:assert/strict";
import { systemClock } from "../lifecycle/clock.ts";
import type { MessageKind } from "../wire/message_kind.ts";
import { handOver } from "./hand_over.ts";
import { createMemoryOutbox } from "./memory_outbox.ts";

function open() {
  const settled: string[] = [];
  const outbox = createMemoryOutbox({
    clock: systemClock,
    limit: 100,
    maxBytes: 2 ** 20,
    draining: () => true,
    onSettled: ({ message }, { kind }) => settled.push(`${message.id} ${kind}`),
  });
  const put = (id: string, kind: MessageKind) =>
    outbox.put({ kind, id, subject: "s", body: new Uint8Array() }, new AbortController().signal);
  return { outbox, settled, put };
}

Deno.test("hand over: everything but results is left, whoever is too busy to send it", async () => {
  const { outbox, settled, put } = open();
  await put("e1", "event");
  await put("m1", "metrics");
  await put("u1", "update");
  await put("r1", "result");
  await handOver(outbox);
  assert.deepEqual(settled.toSorted(), ["e1 handed_over", "m1 handed_over", "u1 handed_over"]);
  assert.equal(outbox.size("result"), 1);
});

Deno.test("hand over: what is on its way is waited for: delivered, or put back and left", async () => {
  const { outbox, settled, put } = open();
  for (const id of ["e1", "e2"]) await put(id, "event");
  const [first, second] = outbox.take("event", 2);
  assert.ok(first && second);
  let done = false;
  const handed = handOver(outbox).then(() => done = true);
  outbox.settle("event", [first], { kind: "delivered" });
  await Promise.resolve();
  assert.equal(done, false);
  outbox.putBack("event", [second]);
  await handed;
  assert.deepEqual(settled, ["e1 delivered", "e2 handed_over"]);
});
