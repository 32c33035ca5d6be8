import * as z from "zod/mini";
import { narrowingProblems } from "../../commands/command_policy.ts";
import {
  between,
  booleanField,
  bytesField,
  described,
  documented,
  durationField,
  integerField,
  pathField,
  textField,
  textListField,
} from "../field.ts";
import { extraToolsField } from "./extra_tools.ts";

const ALLOWED_TOOLS = 'tool names, each with a list of verbs, where ["*"] stands for all';
const toolVerbs = z.array(
  z.string({ error: "a verb, or *" })
    .check(z.regex(/^(?:[A-Za-z0-9][A-Za-z0-9_.-]{0,63}|\*)$/, { error: "a verb, or *" })),
  { error: 'a list of verbs; ["*"] stands for all' },
).check(z.maxLength(100));

/** Variables that make programs run or load something else, or send data elsewhere; no list lets them through. */
const DANGEROUS_VARIABLE =
  "(?!LD_|DYLD_|BASH_|PYTHON|PERL|RUBY|NODE_|DENO_|GIT_|AWS_|AZURE_|GOOGLE_|KUBE|NATS_|OTEL_|AGENT_)" +
  "(?!(?:PATH|HOME|ENV|IFS|SHELL|SHELLOPTS|PAGER|EDITOR|VISUAL|TMPDIR|CURL_HOME|WGETRC|CURL_CA_BUNDLE|SSL_CERT_FILE|SSL_CERT_DIR|RES_OPTIONS|LOCALDOMAIN|HOSTALIASES|CENTRAL_ENDPOINT)$)" +
  "(?!.*_PROXY$)";

const trustedKeySchema = z.strictObject({
  name: textField({
    description: "Who holds the key, for the audit log.",
    allowed: "a name of 1 to 64 letters, digits and . _ @ -",
    pattern: /^[A-Za-z0-9._@-]{1,64}$/,
  }),
  public_key: textField({
    description: "The public NKey that `agent keygen` prints.",
    allowed: "a public user NKey: U and 55 characters of base32",
    pattern: /^U[A-Z2-7]{55}$/,
    // The seed of the pair looks alike.
    hideWhenRefused: true,
  }),
});
const TRUSTED_KEYS_ALLOWED = "a list of at most 100 keys, each with a name and a public_key, no name or key twice";

/** What commands may do; nothing in a command can widen it. */
export const commandsSchema = described(
  z.strictObject({
    allowed: z.optional(documented(
      z.record(z.string(), toolVerbs, { error: ALLOWED_TOOLS }),
      "Restricts the built-in tools: only these tools and verbs run. Unset: all of them.",
      { allowed: ALLOWED_TOOLS },
    )),
    tools: extraToolsField,
    timeout_ceiling: durationField({
      description: "The longest time that a command may ask for.",
      min: "1s",
      max: "1h",
      default: "5m",
    }),
    concurrency: integerField({ description: "Commands that run at the same time.", min: 1, max: 64, default: 4 }),
    queue: integerField({
      description: "Commands that may wait for a free runner; further ones get the answer `busy`.",
      min: 0,
      max: 10_000,
      default: 100,
    }),
    memory_limit: bytesField({
      description: "Memory that one process of a command may use, if prlimit (util-linux) is installed.",
      min: "48Mi",
      max: "16Gi",
      default: "80Mi",
    }),
    memory_total: bytesField({
      description: "Memory for all commands that run at the same time; others wait.",
      min: "48Mi",
      max: "64Gi",
      default: "96Mi",
    }),
    trusted_keys: z.prefault(
      documented(
        z.array(trustedKeySchema, { error: TRUSTED_KEYS_ALLOWED }).check(
          z.maxLength(100, { error: TRUSTED_KEYS_ALLOWED }),
          z.refine(
            (keys) =>
              new Set(keys.map((key) => key.name)).size === keys.length &&
              new Set(keys.map((key) => key.public_key)).size === keys.length,
            { error: TRUSTED_KEYS_ALLOWED },
          ),
        ),
        "The keys whose signatures on commands the agent accepts.",
        { allowed: TRUSTED_KEYS_ALLOWED },
      ),
      [],
    ),
    require_signature: booleanField({
      description: "Refuse commands that are not signed with a trusted key.",
      default: false,
    }),
    env_allowlist: textListField({
      description: "Variables that a command may set.",
      allowed: "a variable's name that does not change which program runs, what it loads or where it sends",
      pattern: new RegExp(`^${DANGEROUS_VARIABLE}[A-Z_][A-Z0-9_]{0,127}$`),
      max: 100,
    }),
    reply_prefixes: textListField({
      description: "Allowed beginnings of reply subjects; other answers go only to the result subject.",
      allowed: "the beginning of a subject with its closing dot, not below $",
      pattern: /^(?:[A-Za-z0-9_-]{1,64}\.){1,8}$/,
      default: ["_INBOX.", "_R_."],
      max: 20,
    }),
    audit: z.prefault(
      described(
        z.strictObject({
          file: z.optional(pathField({ description: "The file of the audit log. Unset: standard error." })),
          max_bytes: bytesField({
            description: "The size at which the file is rotated (FILE.1, FILE.2, …); a new one continues the chain.",
            min: "1Mi",
            max: "1Gi",
            default: "32Mi",
          }),
          files: integerField({
            description: "The maximum number of files, including the current one; the oldest is removed.",
            min: 2,
            max: 100,
            default: 4,
          }),
        }),
        "The audit log: a JSON line before a command runs, one at its end, and one for each other decision.",
      ),
      {},
    ),
  }).check(
    z.refine(
      (commands) =>
        commands.require_signature !== true || !Array.isArray(commands.trusted_keys) ||
        commands.trusted_keys.length > 0,
      between(["require_signature"], "false while trusted_keys is empty; otherwise every command would be refused"),
    ),
    z.superRefine((commands, context) => {
      for (const { path, message } of narrowingProblems(commands.allowed ?? {})) {
        context.addIssue({ code: "custom", path: [...path], message });
      }
    }),
  ),
  "Read-only diagnostic commands.",
);
