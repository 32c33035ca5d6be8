import { randomUUID } from "node:crypto";
import { createEventPublisher, publishEventForReceipt, type Receipt } from "../../src/bus/probe_event.ts";
import type { Override } from "../../src/config/origin.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import type { Event } from "../../src/wire/event.ts";
import { occurrenceId } from "../../src/wire/message_id.ts";
import type { Severity } from "../../src/wire/severity.ts";
import { subjectFor } from "../../src/wire/subject.ts";
import type { CliContext } from "../cli_context.ts";
import { configuredClusterId } from "../configured_cluster_id.ts";
import { openBus } from "./open_bus.ts";
import { formatData } from "../output_form.ts";
import type { OutputForm } from "../output_option.ts";

interface SendEventOptions {
  readonly config?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly reason: string;
  readonly severity: Severity;
  readonly namespace: string;
  readonly message: string;
  /** `Kind/name`. */
  readonly object: string;
  readonly count: number;
  readonly wait: boolean;
  readonly output: OutputForm;
  readonly flags: readonly Override[];
}

/** Publishes test events, each confirmed by the server, and prints their ids as they are confirmed. */
export async function runSendEvent(context: CliContext, options: SendEventOptions): Promise<void> {
  const [kind, name, ...rest] = options.object.split("/");
  if (!kind || !name || rest.length > 0) {
    throw new AgentError("bad_usage", `--object is written Kind/name, such as Pod/web-1; it is "${options.object}"`);
  }
  const { nats, config } = await openBus(context, { ...options, purpose: "send-event" });
  try {
    const clusterId = options.cluster ?? configuredClusterId(config) ?? "test";
    const subject = subjectFor("event", clusterId, {
      prefix: config.subject_prefix,
      template: config.subject_template,
    });
    const publish = createEventPublisher(nats, subject);
    for (let number = 0; number < options.count && !context.signal.aborted; number++) {
      const event = testEvent(clusterId, { ...options, kind, name });
      if (!options.wait) await publish(event);
      const receipt = options.wait ? await publishEventForReceipt(nats, subject, event) : null;
      context.stdout.write(formatSent(event.id, subject, receipt, options.output));
    }
  } finally {
    await nats.close();
  }
}

function testEvent(clusterId: string, options: SendEventOptions & { kind: string; name: string }): Event {
  const now = new Date().toISOString();
  const uid = randomUUID();
  return {
    id: occurrenceId(clusterId, uid, "1"),
    cluster_id: clusterId,
    type: "k8s_event",
    source: "kubernetes",
    namespace: options.namespace,
    severity: options.severity,
    reason: options.reason,
    message: options.message,
    timestamp: now,
    reported_at: now,
    labels: {
      kind: options.kind,
      name: options.name,
      uid,
      event_type: "ADDED",
      k8s_event_type: "Warning",
      reporting_component: "agent-send-event",
      reporting_instance: "",
    },
    raw_data: {
      count: 1,
      first_timestamp: now,
      last_timestamp: now,
      involved_object: { kind: options.kind, namespace: options.namespace, name: options.name, uid, api_version: "v1" },
    },
  };
}

function formatSent(id: string, subject: string, receipt: Receipt | null, output: OutputForm): string {
  if (output !== "text") return formatData(output, { id, subject, ...(receipt === null ? {} : { receipt }) });
  return receipt === null ? `${id}\n` : `${id}  ${RECEIPT_TEXT[receipt.kind](receipt)}\n`;
}

const RECEIPT_TEXT: Readonly<Record<Receipt["kind"], (receipt: Receipt) => string>> = {
  stream: (receipt) =>
    receipt.kind === "stream" ? `stored in stream ${receipt.stream}${receipt.duplicate ? " (a copy)" : ""}` : "",
  subscriber: () => "answered by a subscriber",
  nobody: () => "nobody listens",
  unknown: () => "somebody is subscribed; core NATS does not say more",
};
