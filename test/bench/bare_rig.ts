import { jetstream } from "@nats-io/jetstream";
import { connect, headers as createHeaders } from "@nats-io/transport-node";
import { encodeEvent } from "../../src/events/encode_event.ts";
import type { DeliveryRig } from "./delivery_rig.ts";
import { createSightingSource } from "./event_source.ts";
import { BENCH_STREAM, BENCH_SUBJECTS, type DeliveryPlan } from "./variant.ts";

/** As many as the agent confirms with one flush, and as it has ahead of a stream. */
const AHEAD = { core: 1_000, jetstream: 512 };

/**
 * The baseline: the same events, encoded the same way, published with the NATS library alone: flush after flush, or the
 * library's own JetStream publish with as many ahead as the agent has. No outbox, no order after a failure.
 */
export async function startBareRig({ natsUrl, variant }: DeliveryPlan): Promise<DeliveryRig> {
  const nats = await connect({ servers: natsUrl });
  const stream = jetstream(nats);
  const nextSighting = createSightingSource();
  const encoder = new TextEncoder();
  let delivered = 0;
  let listener: (delivered: number) => void = () => {};
  let ahead = 0;
  let flushing: Promise<void> | null = null;
  let room = Promise.withResolvers<void>();

  function confirm(count: number): void {
    ahead -= count;
    for (let each = 0; each < count; each++) listener(++delivered);
    room.resolve();
    room = Promise.withResolvers<void>();
  }

  async function flushAll(): Promise<void> {
    while (ahead > 0) {
      const published = ahead;
      await nats.flush();
      confirm(published);
    }
    flushing = null;
  }

  function publish(id: string, body: Uint8Array): void {
    if (variant.delivery === "jetstream") {
      void stream.publish(BENCH_SUBJECTS.event, body, { msgID: id, expect: { streamName: BENCH_STREAM } })
        .then(() => confirm(1));
      return;
    }
    const headers = createHeaders();
    headers.set("Nats-Msg-Id", id);
    nats.publish(BENCH_SUBJECTS.event, body, { headers });
    flushing ??= flushAll();
  }

  return {
    async send() {
      const { event, fault } = nextSighting();
      const report = encodeEvent("bench", event, fault, "ADDED", Date.now());
      while (ahead >= AHEAD[variant.delivery]) await room.promise;
      ahead++;
      publish(report.id, encoder.encode(JSON.stringify(report.event)));
    },
    delivered: () => delivered,
    wireBytes: () => nats.stats().outBytes,
    listen: (next) => void (listener = next),
    end: () => nats.close(),
  };
}
