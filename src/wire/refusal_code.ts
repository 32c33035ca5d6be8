import type { Layer } from "./refusal_layer.ts";

/** What a refusal code means, and what the sender can do about it. */
interface RefusalMeaning {
  readonly layer: Layer;
  readonly meaning: string;
  readonly remedy: string;
}

/**
 * Every code a refusal can carry, in the order of the layers. They are a contract: central programs branch on them, so
 * none is renamed or reused. docs/commands.md prints this table, and a test holds the two together.
 */
export const REFUSALS = {
  too_large: {
    layer: "envelope",
    meaning: "The message is larger than a command can be.",
    remedy: "Send at most 64 KiB.",
  },
  not_json: { layer: "envelope", meaning: "The message is not a JSON object.", remedy: "Send one Command as JSON." },
  invalid_command: {
    layer: "envelope",
    meaning: "A field is missing or has the wrong type.",
    remedy: "Send the fields that the protocol lists, each with its type.",
  },
  invalid_id: {
    layer: "envelope",
    meaning: "The command's id can't be used.",
    remedy: "Use 1 to 128 letters, digits and . _ : @ / + = -, beginning with a letter or digit.",
  },
  unknown_type: {
    layer: "envelope",
    meaning: "The command's type is not known.",
    remedy: "Use diagnostic or info.",
  },
  invalid_created_at: {
    layer: "envelope",
    meaning: "created_at is not a valid time.",
    remedy: "Send an RFC 3339 time with a zone.",
  },
  stale: {
    layer: "envelope",
    meaning: "The command was created too long ago.",
    remedy: "Send a new command, and check the clocks.",
  },
  created_in_future: {
    layer: "envelope",
    meaning: "created_at lies ahead of the agent's clock by more than the allowed skew.",
    remedy: "Check the clocks.",
  },
  wrong_cluster: {
    layer: "envelope",
    meaning: "The command names another cluster.",
    remedy: "Send it to that cluster's agent.",
  },
  env_not_allowed: {
    layer: "envelope",
    meaning: "The command sets an environment variable that is not on the allowlist, or to a value that can't be used.",
    remedy: "Leave env out, or add the variable to commands.env_allowlist.",
  },
  invalid_timeout: {
    layer: "envelope",
    meaning: "The timeout is not a duration above zero.",
    remedy: 'Send an integer of nanoseconds or a Go duration such as "30s"; 0 or nothing means 30 s.',
  },
  unsigned: {
    layer: "envelope",
    meaning: "This agent runs only signed commands, and this one is not signed.",
    remedy: "Sign it with a trusted key.",
  },
  bad_signature: {
    layer: "envelope",
    meaning: "The signature is damaged, or is not that of this message for this cluster.",
    remedy: "Sign the bytes that are sent, for this cluster.",
  },
  untrusted_key: {
    layer: "envelope",
    meaning: "The signing key is not on the list of trusted keys.",
    remedy: "Sign with a trusted key, or add this one to the configuration.",
  },
  expired_signature: {
    layer: "envelope",
    meaning: "The signature has expired, or expires too far ahead.",
    remedy: "Sign again, with an expiry at most 5 minutes ahead.",
  },
  replayed_nonce: {
    layer: "envelope",
    meaning: "A command with this nonce was received before.",
    remedy: "Sign again with a new nonce.",
  },
  nonce_not_kept: {
    layer: "envelope",
    meaning: "The agent can't remember the nonce, so it can't make sure that the signed command runs only once.",
    remedy: "Look at the agent's log; its state folder, or its ConfigMap, must be writable.",
  },
  audit_not_kept: {
    layer: "envelope",
    meaning: "The agent can't write the line of the audit log without which no command runs.",
    remedy: "Look at the agent's readiness and log; the audit log's disk must have room and take writes.",
  },
  duplicate: {
    layer: "envelope",
    meaning: "A different command with this id was received before.",
    remedy: "Give each command an id of its own.",
  },
  busy: {
    layer: "envelope",
    meaning: "As many commands run and wait as this agent takes.",
    remedy: "Send it again later.",
  },
  shutting_down: {
    layer: "envelope",
    meaning: "The agent is stopping.",
    remedy: "Send it again once an agent runs.",
  },
  internal_error: {
    layer: "envelope",
    meaning: "The agent failed while it decided.",
    remedy: "Look at the agent's log.",
  },
  unknown_tool: {
    layer: "tool",
    meaning: "The tool is not in the table; a path is never a tool.",
    remedy: "Use one of the listed tools.",
  },
  tool_disabled: {
    layer: "tool",
    meaning: "The configuration of this agent takes the tool out of the table.",
    remedy: "Use another tool, or allow it in commands.allowed.",
  },
  tool_missing: {
    layer: "tool",
    meaning: "The tool is allowed and not installed where the agent runs.",
    remedy: "Install it in the agent's image, or use another tool.",
  },
  unknown_verb: {
    layer: "verb",
    meaning: "The tool's table has no such verb.",
    remedy: "Use one of the listed verbs.",
  },
  verb_disabled: {
    layer: "verb",
    meaning: "The configuration of this agent takes the verb out of the table.",
    remedy: "Use another verb, or allow it in commands.allowed.",
  },
  too_many_arguments: {
    layer: "arguments",
    meaning: "The command has more arguments than any diagnosis needs.",
    remedy: "Send at most 64 arguments.",
  },
  argument_too_long: {
    layer: "arguments",
    meaning: "One argument is longer than any diagnosis needs.",
    remedy: "Send at most 2,048 characters an argument.",
  },
  empty_argument: { layer: "arguments", meaning: "An argument is empty.", remedy: "Leave it out." },
  invalid_characters: {
    layer: "arguments",
    meaning: "An argument holds something other than printable ASCII.",
    remedy: "Remove control characters, line ends and letters outside ASCII.",
  },
  end_of_options: {
    layer: "arguments",
    meaning: "-- and - have no use here.",
    remedy: "Leave them out.",
  },
  unknown_flag: {
    layer: "arguments",
    meaning: "The flag is not in the table of this tool and verb.",
    remedy: "Use one of the listed flags.",
  },
  repeated_flag: {
    layer: "arguments",
    meaning: "A flag that counts once is given twice.",
    remedy: "Give it once.",
  },
  missing_flag: {
    layer: "arguments",
    meaning: "A flag without which the tool may not run is missing.",
    remedy: "Add the named flag.",
  },
  missing_value: { layer: "arguments", meaning: "A flag lacks its value.", remedy: "Give the value." },
  invalid_value: {
    layer: "arguments",
    meaning: "The value of a flag or field is not of the kind it takes.",
    remedy: "Give a value of the kind that the reason names.",
  },
  missing_argument: {
    layer: "arguments",
    meaning: "The command lacks something to act on.",
    remedy: "Add what the reason names.",
  },
  unexpected_argument: {
    layer: "arguments",
    meaning: "The command has an argument that this tool and verb do not take.",
    remedy: "Leave it out.",
  },
  invalid_argument: {
    layer: "arguments",
    meaning: "An argument is not of the kind that is expected there.",
    remedy: "Give an argument of the kind that the reason names.",
  },
  namespace_conflict: {
    layer: "arguments",
    meaning: "The command's field namespace contradicts its arguments, or what they ask for has no namespace.",
    remedy: "Leave the field namespace out, or ask for what lies in that namespace.",
  },
  invalid_host: {
    layer: "arguments",
    meaning: "A host is neither a DNS name nor an IP address.",
    remedy: "Give a plain DNS name or IP address.",
  },
  invalid_url: {
    layer: "arguments",
    meaning: "A URL is not a plain http or https URL.",
    remedy: "Give http://HOST[:PORT][/PATH] or https://…, without user, password and fragment.",
  },
  sensitive_type: {
    layer: "target",
    meaning: "The resource type holds credentials.",
    remedy: "Ask for another type; objects that refer to a Secret name it in their own description.",
  },
  unserved_type: {
    layer: "target",
    meaning: "The API server serves no type of that name, so nobody can tell what it would hold.",
    remedy: "Name a type that kubectl api-resources lists; one that was just added is known within half a minute.",
  },
  discovery_failed: {
    layer: "target",
    meaning: "The API server did not say which types it serves, and the type is not built in.",
    remedy: "Ask again in half a minute, or for a built-in type; the agent's log says why.",
  },
  sensitive_field: {
    layer: "target",
    meaning: "The expression picks what is cut out of every answer: a credential, or values without their names.",
    remedy: "Ask for the object with -o json or -o yaml, or for names together with values.",
  },
  unresolved_host: {
    layer: "target",
    meaning: "The name has no address where the agent runs.",
    remedy: "Check the name; nslookup shows what DNS answers.",
  },
  loopback_address: {
    layer: "target",
    meaning: "The destination is the agent's own machine.",
    remedy: "Name a service, pod or outside host.",
  },
  unspecified_address: {
    layer: "target",
    meaning: "The destination is the unspecified address.",
    remedy: "Name a service, pod or outside host.",
  },
  multicast_address: {
    layer: "target",
    meaning: "The destination is a multicast or broadcast address.",
    remedy: "Name one host.",
  },
  link_local_address: {
    layer: "target",
    meaning: "The destination is a link-local address, where clouds and nodes keep their own services.",
    remedy: "Name a service, pod or outside host.",
  },
  metadata_address: {
    layer: "target",
    meaning: "The destination is a cloud metadata service, which hands out credentials.",
    remedy: "Name a service, pod or outside host.",
  },
  api_server_address: {
    layer: "target",
    meaning: "The destination is the Kubernetes API server.",
    remedy: "Use kubectl.",
  },
  memory_limit: {
    layer: "target",
    meaning: "The tool needed more memory than a command may take, and was ended.",
    remedy: "Ask for less, or raise commands.memory_limit with the container's own limit.",
  },
  path_outside_folder: {
    layer: "target",
    meaning: "A path leads out of the folder that the configured tool may read.",
    remedy: "Name a path below that folder.",
  },
} as const satisfies Readonly<Record<string, RefusalMeaning>>;

export type RefusalCode = keyof typeof REFUSALS;

/** The codes alone, in the order of the table. */
export const REFUSAL_CODES = Object.freeze(Object.keys(REFUSALS).filter(isRefusalCode));

/** Whether `text` is one of the codes. */
function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(REFUSALS, text);
}
