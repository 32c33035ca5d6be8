import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import * as z from "zod";
import { parseGoDuration } from "../wire/duration.ts";
import { FLEET_STREAMS } from "./fleet_stream.ts";
import { settingsOf } from "./plan_stream.ts";

/** What a Stream of jetstream.nats.io/v1beta2 may say, as far as the sample does. NACK passes over what it does not know. */
const streamSchema = z.strictObject({
  apiVersion: z.literal("jetstream.nats.io/v1beta2"),
  kind: z.literal("Stream"),
  metadata: z.strictObject({ name: z.string().regex(/^[a-z0-9-]+$/) }),
  spec: z.strictObject({
    name: z.string(),
    description: z.string(),
    subjects: z.array(z.string()),
    storage: z.string(),
    retention: z.string(),
    discard: z.string(),
    replicas: z.int(),
    maxMsgsPerSubject: z.int(),
    maxAge: z.string(),
    maxBytes: z.int(),
    duplicateWindow: z.string(),
    compression: z.string(),
    allowDirect: z.boolean(),
    allowRollup: z.boolean(),
    denyDelete: z.boolean(),
    preventDelete: z.boolean(),
    subjectTransform: z.strictObject({ source: z.string(), dest: z.string() }).optional(),
  }),
});

const nanoseconds = (text: string) => (parseGoDuration(text) ?? NaN) * 1e6;

/** The same in the words of the JetStream API. */
function settingsIn({ spec }: z.infer<typeof streamSchema>) {
  const { subjectTransform: transform } = spec;
  return {
    name: spec.name,
    description: spec.description,
    subjects: spec.subjects,
    storage: spec.storage,
    retention: spec.retention,
    discard: spec.discard,
    num_replicas: spec.replicas,
    max_msgs_per_subject: spec.maxMsgsPerSubject,
    max_age: nanoseconds(spec.maxAge),
    max_bytes: spec.maxBytes,
    duplicate_window: nanoseconds(spec.duplicateWindow),
    compression: spec.compression,
    allow_direct: spec.allowDirect,
    allow_rollup_hdrs: spec.allowRollup,
    deny_delete: spec.denyDelete,
    ...(transform === undefined ? {} : { subject_transform: { src: transform.source, dest: transform.dest } }),
  };
}

Deno.test("deploy/nats/streams.nack.yaml has the streams that fleet setup makes", async () => {
  const text = await readFile(new URL("../../deploy/nats/streams.nack.yaml", import.meta.url), "utf8");
  const said = parseAllDocuments(text).map((document) => settingsIn(streamSchema.parse(document.toJS())));
  const layout = { prefix: "agent", template: "{prefix}.{kind}.{cluster_id}" };
  const made = FLEET_STREAMS.map((stream) => {
    const plan = settingsOf(stream, layout, 1);
    return plan.kind === "ok" ? plan.settings : plan.reason;
  });
  assert.deepEqual(said, made);
});
