import { stringify } from "yaml";
import { SUBJECT_KINDS, subjectFor, type SubjectKind } from "../../src/wire/subject.ts";
import type { JsonSchema } from "./json_schema.ts";
import { MESSAGE_FACTS, type MessageFacts } from "./message_facts.ts";
import { type Contract, pascal } from "./read_contract.ts";

const HEAD = `# Written by \`deno task docs:asyncapi\` from src/wire and tasks/contract. Change those, not this file.
`;
const DESCRIPTION = [
  "What agents and central programs say to each other over NATS: JSON in UTF-8.",
  "A reader passes over fields that it does not know, and believes the subject: it drops a message whose body names " +
  "another cluster. Durations are integers of nanoseconds.",
  "The subjects are those of the default layout; `subject_prefix` and `subject_template` change it.",
].join("\n\n");
const LAYOUT = { prefix: "agent", template: "{prefix}.{kind}.{cluster_id}" };

/** docs/asyncapi.yaml, from the agent's point of view: it sends reports and receives commands. */
export function renderAsyncApi(contract: Contract, version: string): string {
  const each = <T>(render: (kind: SubjectKind, facts: MessageFacts) => T) =>
    Object.fromEntries(SUBJECT_KINDS.map((kind) => [kind, render(kind, MESSAGE_FACTS[kind])]));
  const document = {
    asyncapi: "3.1.0",
    info: {
      title: "agent",
      version,
      description: DESCRIPTION,
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    defaultContentType: "application/json",
    servers: { nats: { host: "nats.example.com:4222", protocol: "nats", description: "`central_endpoint`" } },
    channels: each((kind, { title }) => ({
      address: subjectFor(kind, "{cluster_id}", LAYOUT),
      title,
      parameters: { cluster_id: { $ref: "#/components/parameters/cluster_id" } },
      messages: { [kind]: { $ref: `#/components/messages/${kind}` } },
    })),
    operations: Object.fromEntries(SUBJECT_KINDS.map((kind) => operationOf(kind, MESSAGE_FACTS[kind]))),
    components: {
      parameters: {
        cluster_id: { description: "The cluster's id: 1 to 63 letters, digits, `_` and `-`." },
      },
      messages: each((kind, facts) => messageOf(facts, contract.messages[kind])),
      schemas: Object.fromEntries([...contract.types].map(([name, schema]) => [name, referring(schema)])),
    },
  };
  return HEAD + stringify(document, { lineWidth: 120, aliasDuplicateObjects: false });
}

function operationOf(kind: SubjectKind, { from, title, when }: MessageFacts) {
  const action = from === "agent" ? "send" : "receive";
  const at = (name: SubjectKind) => ({ $ref: `#/channels/${name}` });
  const reply = kind === "command"
    ? { reply: { channel: at("result"), messages: [{ $ref: "#/channels/result/messages/result" }] } }
    : {};
  return [`${action}${pascal(kind)}`, {
    action,
    channel: at(kind),
    title,
    description: when,
    messages: [{ $ref: `#/channels/${kind}/messages/${kind}` }],
    ...reply,
  }];
}

function messageOf({ title, contentType, headers }: MessageFacts, type: string) {
  const properties = Object.fromEntries(
    Object.entries(headers).map(([name, { description, example }]) =>
      [name, { type: "string", description, examples: [example] }] as const
    ),
  );
  return {
    title,
    contentType,
    headers: { type: "object", properties },
    payload: { $ref: `#/components/schemas/${type}` },
  };
}

/** The same with references as AsyncAPI has them. Nothing may stand beside one: a description goes around it. */
function referring(whole: JsonSchema): unknown {
  const { $ref, description, ...rest } = whole;
  if ($ref !== undefined) {
    const reference = { $ref: `#/components/schemas/${$ref}` };
    return description === undefined ? reference : { description, allOf: [reference] };
  }
  const { properties, items, additionalProperties, anyOf, oneOf } = rest;
  return {
    ...(description === undefined ? {} : { description }),
    ...rest,
    ...(properties === undefined ? {} : {
      properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, referring(value)])),
    }),
    ...(items === undefined ? {} : { items: referring(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: referring(additionalProperties) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(referring) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map(referring) }),
  };
}
