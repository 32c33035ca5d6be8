import { SIGNATURE_HEADERS } from "../../src/commands/signature.ts";
import { EPOCH_HEADER } from "../../src/wire/epoch_header.ts";
import { REPLIED_HEADER } from "../../src/wire/replied_header.ts";
import type { SubjectKind } from "../../src/wire/subject.ts";

/** What is said of a header, with an example of its value. */
interface HeaderFact {
  readonly description: string;
  readonly example: string;
}

/** What the schemas do not say of a kind of message. */
export interface MessageFacts {
  readonly from: "agent" | "central";
  readonly title: string;
  /** When it is sent. */
  readonly when: string;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, HeaderFact>>;
}

const JSON_TYPE = "application/json";

const EPOCH = {
  [EPOCH_HEADER]: {
    description:
      "The term of the leader that sends it, a decimal number that grows. Only where the agent runs in replicas.",
    example: "81234",
  },
};
const TRACE = {
  traceparent: {
    description: "W3C Trace Context. Only where the agent sends traces.",
    example: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  },
  tracestate: { description: "W3C Trace Context.", example: "vendor=1" },
};
const ID = {
  "Nats-Msg-Id": {
    description: "The id of the message: a stream drops copies by it, and so does a reader.",
    example: "0f6b1d4c2a9e8b7d6c5f4e3d2c1b0a99",
  },
};
const ENCODING = {
  "Content-Encoding": {
    description: "`gzip` where `nats.compression` is on and the body is large enough.",
    example: "gzip",
  },
};
/** Where `nats.cloud_events` is on. */
const cloudEvent = (type: string, about?: string) => ({
  "ce-specversion": {
    description: "With the other `ce-` headers: a CloudEvent, where `nats.cloud_events` is on.",
    example: "1.0",
  },
  "ce-id": { description: "The same as `Nats-Msg-Id`.", example: "0f6b1d4c2a9e8b7d6c5f4e3d2c1b0a99" },
  "ce-source": { description: "The agent of a cluster: `/agent/<cluster_id>`.", example: "/agent/prod" },
  "ce-type": { description: "The kind of message.", example: type },
  "ce-time": { description: "The `timestamp` of the body.", example: "2026-11-30T10:05:00Z" },
  "ce-datacontenttype": { description: "Of the body.", example: JSON_TYPE },
  ...(about === undefined ? {} : { "ce-subject": { description: "What it is about.", example: about } }),
});
const SEVERITY = { "ce-severity": { description: "The severity, an extension of ours.", example: "high" } };
const EXPECTED = {
  "Nats-Expected-Stream": {
    description: "For the server: which stream must take it. Only where `nats.stream` is set.",
    example: "AGENT_EVENTS",
  },
};
const QUEUED = { ...ID, ...EPOCH, ...ENCODING, ...EXPECTED };
const TRACED = { ...QUEUED, ...TRACE };

export const MESSAGE_FACTS: Readonly<Record<SubjectKind, MessageFacts>> = {
  register: {
    from: "agent",
    title: "An agent registers",
    when: "After each connect, and every five minutes.",
    contentType: JSON_TYPE,
    headers: EPOCH,
  },
  heartbeat: {
    from: "agent",
    title: "A sign of life",
    when: "At once, and then every `heartbeat_interval`.",
    contentType: JSON_TYPE,
    headers: EPOCH,
  },
  event: {
    from: "agent",
    title: "A fault",
    when: "As it happens.",
    contentType: JSON_TYPE,
    headers: { ...TRACED, ...cloudEvent("agent.event", "shop/Pod/web-1"), ...SEVERITY },
  },
  events: {
    from: "agent",
    title: "Several faults, one line of JSON each",
    when: "Instead of `event`, where `events.batch` is on; what is critical never waits for a batch.",
    contentType: "application/x-ndjson",
    headers: {
      ...QUEUED,
      "Content-Type": { description: "Tells a batch from a single event.", example: "application/x-ndjson" },
      "Agent-Count": { description: "The number of lines.", example: "25" },
    },
  },
  metrics: {
    from: "agent",
    title: "A report about the cluster, or a part of one",
    when: "Every `metrics_interval`.",
    contentType: JSON_TYPE,
    headers: {
      ...TRACED,
      ...cloudEvent("agent.metrics"),
      "Agent-Part": {
        description: "`2/5`: the second of five parts of one report, which have the same `timestamp`.",
        example: "2/5",
      },
    },
  },
  result: {
    from: "agent",
    title: "The result of a command",
    when: "Once for each command. The same message goes to the command's reply subject, where it has one.",
    contentType: JSON_TYPE,
    headers: {
      ...TRACED,
      ...cloudEvent("agent.result", "cmd-67890"),
      [REPLIED_HEADER]: { description: "The reply subject of the command has the result as well.", example: "true" },
    },
  },
  update: {
    from: "agent",
    title: "What becomes of an incident",
    when: "With evidence some seconds after a report, and when an incident ends or is quiet.",
    contentType: JSON_TYPE,
    headers: { ...TRACED, ...cloudEvent("agent.update.resolved", "5f0c6a9be3d21477-hrk2p"), ...SEVERITY },
  },
  command: {
    from: "central",
    title: "A command",
    when: "At any time.",
    contentType: JSON_TYPE,
    headers: {
      ...TRACE,
      [SIGNATURE_HEADERS.key]: {
        description: "The public NKey that signed it. The four headers of a signature come together or not at all.",
        example: "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
      },
      [SIGNATURE_HEADERS.nonce]: {
        description: "22 characters of base64url or more, used once.",
        example: "Yb6xPpD0S7iHqzq8oQGxUwFZl0c1kW7e",
      },
      [SIGNATURE_HEADERS.expires]: {
        description: "RFC 3339, at most five minutes ahead.",
        example: "2026-11-30T10:05:00Z",
      },
      [SIGNATURE_HEADERS.signature]: {
        description:
          "Ed25519, in base64url, over `agent-command-v1`, the cluster id, the nonce, the expiry and the SHA-256 of the " +
          "body in hex, with a line feed between them.",
        example: "c2lnbmF0dXJl",
      },
    },
  },
};
