import * as z from "zod/mini";
import type { MessageKind } from "./message_kind.ts";

/** What the attributes are taken from, of the body of any kind of message. */
const sourceSchema = z.object({
  timestamp: z.string(),
  kind: z.optional(z.string()),
  namespace: z.optional(z.string()),
  severity: z.optional(z.string()),
  labels: z.optional(z.object({ kind: z.optional(z.string()), name: z.optional(z.string()) })),
  incident_id: z.optional(z.string()),
  command_id: z.optional(z.string()),
});
type Source = z.infer<typeof sourceSchema>;

interface OwnAttributes {
  readonly type: string;
  /** What the message is about. */
  readonly subject?: string | undefined;
  readonly severity?: string | undefined;
}

const OWN_ATTRIBUTES: Readonly<Record<MessageKind, (body: Source) => OwnAttributes>> = {
  event: ({ namespace, labels, severity }) => ({
    type: "agent.event",
    subject: [namespace, labels?.kind, labels?.name].filter(Boolean).join("/"),
    severity,
  }),
  update: ({ kind, incident_id, severity }) => ({ type: `agent.update.${kind}`, subject: incident_id, severity }),
  metrics: () => ({ type: "agent.metrics" }),
  result: ({ command_id }) => ({ type: "agent.result", subject: command_id }),
};

/** The names of Kubernetes take no more. What is longer comes from somebody who writes Events by hand, and is left out. */
const SUBJECT_LIMIT = 600;

/**
 * The headers that make a message a CloudEvent in binary content mode, as version 1.0.3 of the NATS protocol binding has
 * them: one for each attribute, `ce-datacontenttype` included, since `Content-Type` tells the structured mode there.
 */
export function cloudEventHeaders(
  message: { readonly kind: MessageKind; readonly id: string; readonly body: Uint8Array },
  clusterId: string,
): Readonly<Record<string, string>> {
  const body = sourceSchema.parse(JSON.parse(new TextDecoder().decode(message.body)));
  const { type, subject = "", severity = "" } = OWN_ATTRIBUTES[message.kind](body);
  const about = headerText(subject);
  return {
    "ce-specversion": "1.0",
    "ce-id": headerText(message.id),
    "ce-source": `/agent/${headerText(clusterId)}`,
    "ce-type": headerText(type),
    "ce-time": headerText(body.timestamp),
    "ce-datacontenttype": "application/json",
    ...(about === "" || about.length > SUBJECT_LIMIT ? {} : { "ce-subject": about }),
    ...(severity === "" ? {} : { "ce-severity": headerText(severity) }),
  };
}

/** As the binding writes values: spaces, `"`, `%` and what is not printable ASCII are percent-encoded. */
function headerText(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]|["%]/gu, encodeURIComponent);
}
