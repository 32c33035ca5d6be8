import { ENVIRONMENT } from "../src/config/environment.ts";

/** A name and what it means. */
export type NoteRow = readonly [name: string, meaning: string];

/** What the help of a subcommand says beside its arguments and options. */
export interface CommandNotes {
  /** Commands that work as they stand, with the documentation's own names in place of the reader's. */
  readonly examples: readonly string[];
  readonly exitCodes: readonly NoteRow[];
  readonly environment?: readonly NoteRow[];
  readonly files?: readonly NoteRow[];
}

const DONE: NoteRow = ["0", "done"];
const USAGE: NoteRow = ["2", "bad usage"];
const INTERRUPTED: NoteRow = ["130, 143", "ended by SIGINT or SIGTERM"];
const BUS_UNREACHABLE: NoteRow = ["69", "NATS can't be reached"];
const BUS_REFUSES: NoteRow = ["77", "NATS refuses the credentials or a subject"];
const CONFIGURATION: NoteRow = ["78", "bad configuration; every problem is listed"];

const CONFIG_FILE: NoteRow = ["/etc/agent/config.yaml", "the configuration, unless --config names another file"];
const KUBECONFIG_FILE: NoteRow = ["~/.kube/config", "the kubeconfig, outside a pod"];
const ACCOUNT_FILES: NoteRow = [
  "/var/run/secrets/kubernetes.io/serviceaccount/",
  "in a pod: its token, CA and namespace",
];
const STATE_FILES: NoteRow = ["/var/lib/agent/", "state.path: the checkpoint and what lies beside it"];

const NO_COLOR: NoteRow = ["NO_COLOR", "any value: no colour on a terminal"];
const KUBE_VARIABLES: readonly NoteRow[] = [
  ["KUBECONFIG", "kubeconfig files, unless --kubeconfig names one"],
  ["KUBERNETES_SERVICE_HOST", "with _PORT: the API server, inside a pod"],
  ["AGENT_SERVICE_ACCOUNT_DIR", "the folder of the pod's account, if it is not the usual one"],
];
/** Each with the key that it sets: the configuration's own table. */
const CONFIG_VARIABLES: readonly NoteRow[] = [...keysByVariable()].map(([variable, keys]) => [
  variable,
  `sets ${keys.join(" and ")}`,
]);
const SAME_VARIABLES: NoteRow = [
  "CENTRAL_ENDPOINT, NATS_*, ...",
  "set keys of the configuration: see agent run --help",
];
/** What the subcommands that people use take from the `nats` program, below everything of the agent's own. */
const NATS_PROGRAM: readonly NoteRow[] = [
  ["NATS_URL", "as for the nats program: the address, if nothing above sets one; then the context's, then 127.0.0.1"],
  ["NATS_CREDS, NATS_NKEY, NATS_TOKEN", "as for the nats program: the credentials, if nothing above sets them"],
  ["NATS_USER and NATS_PASSWORD", "likewise, both together"],
  ["NATS_CA, NATS_CERT, NATS_KEY", "likewise, files for TLS"],
  ["NATS_CONTEXT", "a context of the nats program, instead of the selected one"],
];
const CONTEXT_FILES: readonly NoteRow[] = [
  ["~/.config/nats/context/*.json", "contexts of the nats program; XDG_CONFIG_HOME moves ~/.config"],
  ["~/.config/nats/context.txt", "the selected one"],
];

function keysByVariable(): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>();
  for (const { variable, path } of ENVIRONMENT) {
    const known = keys.get(variable) ?? [];
    keys.set(variable, [...known, path.join(".")]);
  }
  return keys;
}

/** By the words after the program's name; "" is the program itself. A test compares them with the program's tree. */
export const COMMAND_NOTES: Readonly<Record<string, CommandNotes>> = {
  "": {
    examples: ["agent validate-config /etc/agent/config.yaml", "agent help run"],
    exitCodes: [
      DONE,
      ["1", "it ran, and the answer is no; or a failure without a code of its own"],
      USAGE,
      ["65", "bad input data"],
      ["69", "NATS or the API server can't be reached"],
      ["77", "not permitted"],
      ["78", "bad configuration"],
      ["130, 143", "ended by SIGINT or SIGTERM; agent run by a second one only"],
    ],
  },
  run: {
    examples: [
      "agent run --config /etc/agent/config.yaml --kubeconfig ~/.kube/config",
      "agent run --nats nats://127.0.0.1:4222",
    ],
    exitCodes: [
      ["0", "stopped by a signal, in order"],
      ["1", "a part failed repeatedly; the last line of the log says which"],
      ["2", "bad usage, or no API server to be found"],
      ["65", "the kubeconfig can't be used"],
      ["69", "NATS can't be reached: max_retries tries in a row failed"],
      ["77", "NATS or the API server refuses"],
      CONFIGURATION,
      ["130, 143", "ended at once by a second SIGINT or SIGTERM"],
    ],
    environment: [
      ...CONFIG_VARIABLES,
      ...KUBE_VARIABLES,
      ["OTEL_*", "traces, where they ask for them; see docs/traces.md"],
    ],
    files: [CONFIG_FILE, STATE_FILES, ACCOUNT_FILES, KUBECONFIG_FILE],
  },
  demo: {
    examples: ["agent demo --once"],
    exitCodes: [
      ["0", "every planted fault was reported, and nothing else"],
      ["1", "it was not so"],
      USAGE,
      ["69", "no nats-server can be found, or it does not start"],
      INTERRUPTED,
    ],
    environment: [["NATS_SERVER", "path of the nats-server to use; no other is looked for"], NO_COLOR],
  },
  "detect-cluster": {
    examples: [
      "id=$(agent detect-cluster -q)",
      "kubectl get nodes,namespaces,configmaps -A -o json | agent detect-cluster --from - --output json",
    ],
    exitCodes: [
      DONE,
      ["1", "the API server answers, and nothing in it is unique to the cluster"],
      ["2", "bad usage, or no API server to be found"],
      ["65", "the dump or the kubeconfig can't be used"],
      ["69", "the API server can't be reached"],
      ["77", "the API server refuses"],
      INTERRUPTED,
    ],
    environment: [
      ["CLUSTER_ID", "the id; nothing is detected"],
      ["CLUSTER_NAME", "the name, for --provider-id"],
      ...KUBE_VARIABLES,
    ],
    files: [ACCOUNT_FILES, KUBECONFIG_FILE],
  },
  "validate-config": {
    examples: [
      "agent validate-config deploy/config.example.yaml",
      "agent validate-config deploy/config.example.yaml --effective",
    ],
    exitCodes: [
      ["0", "nothing is wrong"],
      USAGE,
      ["69", "with --connect: NATS or the API server can't be reached"],
      ["77", "with --connect: one of them refuses, or a permission is missing"],
      CONFIGURATION,
      INTERRUPTED,
    ],
    environment: [
      SAME_VARIABLES,
      ["NATS_URL, NATS_CREDS, ...", "with --connect: as agent tail --help says"],
      ...KUBE_VARIABLES,
    ],
    files: [["/etc/agent/config.yaml", "the configuration, unless a file is named"]],
  },
  "test-rules": {
    examples: [
      "kubectl get events -A -o json | agent test-rules -",
      "agent test-rules --config rules.yaml events.jsonl --output json",
      "kubectl get pods,nodes,deployments -A -o json | agent test-rules --objects -",
    ],
    exitCodes: [
      ["0", "everything was judged, whatever the verdict"],
      USAGE,
      ["65", "the input holds no events, or with --objects no objects"],
      CONFIGURATION,
      INTERRUPTED,
    ],
  },
  "check-command": {
    examples: [
      "agent check-command -- kubectl get pods -n default",
      "agent check-command --file commands.jsonl --output json",
    ],
    exitCodes: [
      ["0", "allowed; with --file, all of them"],
      ["1", "refused; with --file, at least one"],
      USAGE,
      ["65", "the file can't be read"],
      CONFIGURATION,
      INTERRUPTED,
    ],
    environment: [
      SAME_VARIABLES,
      ["KUBERNETES_SERVICE_HOST", "the API server, which no command may have as its target"],
    ],
    files: [CONFIG_FILE],
  },
  "send-event": {
    examples: ["agent send-event --nats nats://127.0.0.1:4222 --severity high --wait"],
    exitCodes: [
      ["0", "the server has confirmed every event"],
      USAGE,
      BUS_UNREACHABLE,
      BUS_REFUSES,
      CONFIGURATION,
      INTERRUPTED,
    ],
    environment: [SAME_VARIABLES, ...NATS_PROGRAM],
    files: [CONFIG_FILE, ...CONTEXT_FILES],
  },
  tail: {
    examples: [
      "agent tail --nats nats://127.0.0.1:4222 --severity high -n 'shop-*'",
      "agent tail --nats nats://127.0.0.1:4222 --incidents",
      "agent tail --nats nats://127.0.0.1:4222 --output json",
    ],
    exitCodes: [
      USAGE,
      ["69", "NATS can't be reached at the start, or there is no stream for --since and --last"],
      BUS_REFUSES,
      CONFIGURATION,
      ["130, 143", "ended by SIGINT or SIGTERM, which is its usual end"],
    ],
    environment: [SAME_VARIABLES, ...NATS_PROGRAM, NO_COLOR],
    files: [CONFIG_FILE, ...CONTEXT_FILES],
  },
  incident: {
    examples: ["agent incident 5f0c6a9be3d21477-hrk2p --cluster prod-us-west-2"],
    exitCodes: [
      DONE,
      ["1", "no report of this incident is in the stream"],
      USAGE,
      BUS_UNREACHABLE,
      BUS_REFUSES,
      CONFIGURATION,
      ["130, 143", "ended by SIGINT or SIGTERM, which is its usual end where there is no stream"],
    ],
    environment: [SAME_VARIABLES, ...NATS_PROGRAM, NO_COLOR],
    files: [CONFIG_FILE, ...CONTEXT_FILES],
  },
  fleet: {
    examples: [
      "agent fleet setup --nats nats://127.0.0.1:4222 --apply",
      "agent fleet --nats nats://127.0.0.1:4222",
      "agent fleet --nats nats://127.0.0.1:4222 --selector provider=eks --state stale,lost -o json",
    ],
    exitCodes: [
      DONE,
      USAGE,
      ["69", "NATS can't be reached, or there is no bucket: agent fleet setup creates it"],
      BUS_REFUSES,
      CONFIGURATION,
      ["130, 143", "ended by SIGINT or SIGTERM, the usual end of --watch"],
    ],
    environment: [SAME_VARIABLES, ...NATS_PROGRAM, NO_COLOR],
    files: [CONFIG_FILE, ...CONTEXT_FILES],
  },
  "fleet setup": {
    examples: ["agent fleet setup --nats nats://127.0.0.1:4222 --replicas 1 --apply"],
    exitCodes: [
      ["0", "everything is as it should be, or is now"],
      ["1", "something is missing or in the way, and was not changed"],
      USAGE,
      ["69", "NATS or JetStream can't be reached"],
      BUS_REFUSES,
      CONFIGURATION,
      INTERRUPTED,
    ],
    environment: [SAME_VARIABLES, ...NATS_PROGRAM],
    files: [CONFIG_FILE, ...CONTEXT_FILES],
  },
  history: {
    examples: [
      "agent history --nats nats://127.0.0.1:4222 --since 6h --severity high",
      "agent history --nats nats://127.0.0.1:4222 --cluster prod-us-west-2 --since 24h --group-by rule",
    ],
    exitCodes: [
      DONE,
      USAGE,
      ["69", "NATS can't be reached, or there is no such stream: agent fleet setup creates it"],
      BUS_REFUSES,
      CONFIGURATION,
      INTERRUPTED,
    ],
    environment: [SAME_VARIABLES, ...NATS_PROGRAM, NO_COLOR],
    files: [CONFIG_FILE, ...CONTEXT_FILES],
  },
  exec: {
    examples: ["agent exec prod-us-west-2 --timeout 10s -- kubectl get pods -n default"],
    exitCodes: [
      ["0", "the command ended with 0"],
      ["1", "refused, with layer, code and reason on standard error; or it did not end in time"],
      ["1 to 255", "the command's own exit code, even where it equals one of these"],
      USAGE,
      ["65", "the signing key can't be read, or the answer did not come from an agent"],
      ["69", "NATS can't be reached, no agent of this cluster listens, or none answers in time"],
      BUS_REFUSES,
      CONFIGURATION,
      INTERRUPTED,
    ],
    environment: [SAME_VARIABLES, ...NATS_PROGRAM, ["USER", "goes with the command as issued_by, for the audit log"]],
    files: [CONFIG_FILE, ...CONTEXT_FILES],
  },
  keygen: {
    examples: ["agent keygen ops.nk"],
    exitCodes: [DONE, ["1", "the file exists, or can't be written"], USAGE],
  },
  schema: {
    examples: ["agent schema event", "agent schema config", "agent schema"],
    exitCodes: [DONE, USAGE],
  },
  audit: {
    examples: ["agent audit verify /var/lib/agent/audit.log"],
    exitCodes: [DONE, USAGE],
  },
  "audit verify": {
    examples: [
      "agent audit verify /var/lib/agent/audit.log",
      "agent audit verify /var/lib/agent/audit.log --output json",
    ],
    exitCodes: [
      ["0", "the chain is whole"],
      ["1", "it is not; the first line that does not fit is named"],
      USAGE,
      ["65", "the file can't be read"],
    ],
  },
  completion: {
    examples: [
      "source <(agent completion bash)",
      "agent completion zsh > ~/.zfunc/_agent",
      "agent completion fish > ~/.config/fish/completions/agent.fish",
    ],
    exitCodes: [DONE, USAGE],
  },
  version: {
    examples: ["agent version --output json"],
    exitCodes: [DONE, USAGE],
  },
};

/** The notes as `--help` prints them, below the options; `wrap` breaks a meaning into lines of so many columns. */
export function formatNotes(
  { examples, exitCodes, environment = [], files = [] }: CommandNotes,
  columns: number,
  wrap: (text: string, columns: number) => string,
): string {
  const formatRows = (title: string, rows: readonly NoteRow[]): readonly string[] => {
    if (rows.length === 0) return [];
    const indent = Math.max(...rows.map(([name]) => name.length)) + 4;
    const lines = rows.flatMap(([name, meaning]) =>
      wrap(meaning, Math.max(LEAST_MEANING, columns - indent)).split("\n")
        .map((line, index) => (index === 0 ? `  ${name}` : "").padEnd(indent) + line)
    );
    return ["", title, ...lines];
  };
  return [
    "",
    examples.length === 1 ? "Example:" : "Examples:",
    ...examples.map((example) => `  ${example}`),
    ...formatRows("Exit codes:", exitCodes),
    ...formatRows("Environment:", environment),
    ...formatRows("Files:", files),
  ].join("\n");
}

/** Narrower, a column of words reads worse than a long line. */
const LEAST_MEANING = 30;
