import * as z from "zod/mini";
import type { DeepReadonly } from "../lifecycle/deep_readonly.ts";
import "../lifecycle/schema_texts.ts";
import { between } from "./field.ts";
import { hasUrlCredentials } from "./section/central_endpoint.ts";
import { clusterSchema } from "./section/cluster.ts";
import { commandsSchema } from "./section/commands.ts";
import { eventsSchema } from "./section/events.ts";
import { evidenceSchema } from "./section/evidence.ts";
import { incidentsSchema } from "./section/incidents.ts";
import { memorySchema } from "./section/memory.ts";
import { metricsSchema } from "./section/metrics.ts";
import { authenticationForms, natsSchema } from "./section/nats.ts";
import { objectsSchema } from "./section/objects.ts";
import { outboxSchema } from "./section/outbox.ts";
import { redactionSchema } from "./section/redaction.ts";
import { replicasSchema } from "./section/replicas.ts";
import { stateSchema } from "./section/state.ts";
import { telemetrySchema } from "./section/telemetry.ts";
import { topLevelShape } from "./section/top_level.ts";

/** The whole configuration. This schema and the fields it is made of are the only place of defaults and limits. */
export const configSchema = z.strictObject({
  ...topLevelShape,
  nats: z.prefault(natsSchema, {}),
  events: z.prefault(eventsSchema, {}),
  objects: z.prefault(objectsSchema, {}),
  incidents: z.prefault(incidentsSchema, {}),
  evidence: z.prefault(evidenceSchema, {}),
  metrics: z.prefault(metricsSchema, {}),
  commands: z.prefault(commandsSchema, {}),
  cluster: z.prefault(clusterSchema, {}),
  memory: z.prefault(memorySchema, {}),
  outbox: z.prefault(outboxSchema, {}),
  state: z.prefault(stateSchema, {}),
  redaction: z.prefault(redactionSchema, {}),
  replicas: z.prefault(replicasSchema, {}),
  telemetry: z.prefault(telemetrySchema, {}),
}).check(z.refine(
  ({ central_endpoint, nats }) =>
    !Array.isArray(central_endpoint) || nats === undefined ||
    authenticationForms(nats).length === 0 || !central_endpoint.some(hasUrlCredentials),
  between(["central_endpoint"], "without user and password while nats names another way to authenticate"),
)).check(z.refine(
  ({ nats, events }) => nats?.cloud_events !== true || (events?.batch?.max_events ?? 1) <= 1,
  between(["nats", "cloud_events"], "false while events.batch.max_events is above 1: a batch is no CloudEvent"),
)).check(z.refine(
  ({ replicas, state }) => replicas?.enabled !== true || state?.kind === "configmap",
  between(
    ["replicas", "enabled"],
    "false unless state.kind is configmap: the replica that takes over continues from what the previous one kept",
  ),
)).check(z.refine(
  ({ replicas, outbox }) => replicas?.enabled !== true || outbox?.spool_dir === undefined,
  between(
    ["replicas", "enabled"],
    "false while outbox.spool_dir is set: a disk of one pod vouches for nothing when another one takes over",
  ),
));

/** The checked configuration: plain data under the keys of the file; durations in milliseconds, sizes in bytes. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
