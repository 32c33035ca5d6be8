import * as z from "zod/mini";
import { agentInfoSchema } from "./agent_info.ts";
import { commandSchema } from "./command.ts";
import { commandResultSchema } from "./command_result.ts";
import { eventSchema } from "./event.ts";
import { heartbeatSchema } from "./heartbeat.ts";
import { metricsReportSchema } from "./metrics_report.ts";
import type { SubjectKind } from "./subject.ts";
import { updateSchema } from "./update.ts";

/** What each kind of message is. `events` carries one event a line. */
const MESSAGE_SCHEMAS: Readonly<Record<SubjectKind, { readonly title: string; readonly schema: z.core.$ZodType }>> = {
  register: { title: "an agent registers", schema: agentInfoSchema },
  heartbeat: { title: "an agent's heartbeat", schema: heartbeatSchema },
  event: { title: "an event", schema: eventSchema },
  events: { title: "events, a line of JSON each; this is one of them", schema: eventSchema },
  metrics: { title: "a metrics report", schema: metricsReportSchema },
  result: { title: "the result of a command", schema: commandResultSchema },
  update: { title: "an update of incidents", schema: updateSchema },
  command: { title: "a command", schema: commandSchema },
};

/**
 * The JSON Schema (2020-12) of one kind of message, from the definitions that the agent reads and writes it by. Rules
 * between fields are not in it. Fields that are not named may come with a later version: a reader passes over them.
 */
export function messageJsonSchema(kind: SubjectKind): Record<string, unknown> {
  const { title, schema } = MESSAGE_SCHEMAS[kind];
  return { ...z.toJSONSchema(schema, { io: "input", unrepresentable: "any", override: leaveOutTheObvious }), title };
}

/** What TypeScript may not change is no field that only a server writes; and every key of an object is a text. */
function leaveOutTheObvious({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  delete jsonSchema.readOnly;
  delete jsonSchema.propertyNames;
}
