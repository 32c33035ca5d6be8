import * as z from "zod";
import type { DeepReadonly } from "../lifecycle/deep_readonly.ts";
import { between } from "./field.ts";
import { hasUrlCredentials } from "./section/central_endpoint.ts";
import { clusterSchema } from "./section/cluster.ts";
import { commandsSchema } from "./section/commands.ts";
import { eventsSchema } from "./section/events.ts";
import { metricsSchema } from "./section/metrics.ts";
import { authenticationForms, natsSchema } from "./section/nats.ts";
import { outboxSchema } from "./section/outbox.ts";
import { stateSchema } from "./section/state.ts";
import { telemetrySchema } from "./section/telemetry.ts";
import { topLevelShape } from "./section/top_level.ts";

/** The whole configuration. This schema and the fields it is made of are the only place of defaults and limits. */
export const configSchema = z.strictObject({
  ...topLevelShape,
  nats: natsSchema.prefault({}),
  events: eventsSchema.prefault({}),
  metrics: metricsSchema.prefault({}),
  commands: commandsSchema.prefault({}),
  cluster: clusterSchema.prefault({}),
  outbox: outboxSchema.prefault({}),
  state: stateSchema.prefault({}),
  telemetry: telemetrySchema.prefault({}),
}).refine(
  ({ central_endpoint, nats }) =>
    !Array.isArray(central_endpoint) || nats === undefined ||
    authenticationForms(nats).length === 0 || !central_endpoint.some(hasUrlCredentials),
  between(["central_endpoint"], "without user and password while nats names another way to authenticate"),
);

/** The checked configuration: plain data under the keys of the file; durations in milliseconds, sizes in bytes. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;

/** The JSON Schema (2020-12) of the configuration file, for editors and CI. Rules between keys are not in it. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: "input", override: allowEmptySections });
  return { ...schema, title: "agent configuration" };
}

/** A section or list whose lines are all commented out is `null` in YAML; the loader takes it as not set. */
function allowEmptySections(
  { jsonSchema, path }: { jsonSchema: z.core.JSONSchema.BaseSchema; path: (string | number)[] },
) {
  if (path.length > 0 && (jsonSchema.type === "object" || jsonSchema.type === "array")) {
    Object.assign(jsonSchema, { type: [jsonSchema.type, "null"] });
  }
}
