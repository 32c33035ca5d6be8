import type { CommandPolicy } from "../src/commands/command_policy.ts";
import { decideCommand } from "../src/commands/decide_command.ts";
import { createDryRunPorts } from "../src/commands/target/dry_run_ports.ts";
import type { Event } from "../src/wire/event.ts";

/** What is known of an incident by its last report. */
interface Subject {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly container: string;
  readonly ownerKind: string;
  readonly owner: string;
  readonly node: string;
  readonly family: string;
}

type Words = readonly string[];

/** What one would ask next, by what an incident is about: a row gives commands where it fits. */
const QUESTIONS: readonly ((subject: Subject) => readonly Words[])[] = [
  ({ kind, name, namespace, container, family }) =>
    kind !== "Pod" ? [] : [
      ["kubectl", "describe", "pod", name, "-n", namespace],
      ...(family === "run"
        ? [
          ["kubectl", "logs", name, "-n", namespace, ...inContainer(container), "--previous", "--tail=100"],
          ["kubectl", "logs", name, "-n", namespace, ...inContainer(container), "--tail=100"],
        ]
        : []),
    ],
  ({ kind, name, namespace }) =>
    kind === "Pod" || kind === "Node" || kind === ""
      ? []
      : [["kubectl", "describe", kind.toLowerCase(), name, ...(namespace === "" ? [] : ["-n", namespace])]],
  ({ kind, namespace }) => kind === "Service" ? [["kubectl", "get", "pods", "-n", namespace, "--show-labels"]] : [],
  ({ ownerKind, owner, namespace }) =>
    ownerKind === "Deployment"
      ? [
        ["kubectl", "rollout", "history", `deployment/${owner}`, "-n", namespace],
        ["kubectl", "get", "replicasets", "-n", namespace, "-o", "wide"],
      ]
      : [],
  ({ node }) => node === "" ? [] : [["kubectl", "describe", "node", node]],
  ({ node, family }) =>
    family === "node" && node !== ""
      ? [["kubectl", "get", "pods", "-A", "--field-selector", `spec.nodeName=${node}`, "-o", "wide"]]
      : [],
  ({ family, namespace }) =>
    family === "place" && namespace !== ""
      ? [["kubectl", "describe", "resourcequota", "-n", namespace], ["kubectl", "get", "nodes", "-o", "wide"]]
      : [],
  ({ family, namespace }) =>
    family === "volume" && namespace !== ""
      ? [["kubectl", "get", "persistentvolumeclaims", "-n", namespace], ["kubectl", "get", "storageclasses"]]
      : [],
  ({ family, namespace }) =>
    family === "net" && namespace !== "" ? [["kubectl", "get", "endpointslices", "-n", namespace]] : [],
];

const inContainer = (container: string): Words => container === "" ? [] : ["-c", container];

/** The commands that one would run next, of those that the policy allows. */
export async function nextCommands(event: Event, policy: CommandPolicy): Promise<readonly Words[]> {
  const { labels } = event;
  const subject: Subject = {
    namespace: event.raw_data.involved_object?.namespace ?? event.namespace,
    kind: labels.kind ?? "",
    name: labels.name ?? "",
    container: labels.container ?? "",
    ownerKind: labels.owner_kind ?? "",
    owner: labels.owner_name ?? "",
    node: labels.node ?? "",
    family: event.incident?.family ?? "",
  };
  const ports = createDryRunPorts({ lookUp: false, onPlaceholder: () => {} });
  const allowed: Words[] = [];
  for (const words of QUESTIONS.flatMap((question) => question(subject))) {
    const [tool = "", action = "", ...args] = words;
    const command = { id: "next", type: "diagnostic" as const, tool, action, args, namespace: "" };
    const decoded = { kind: "decoded" as const, command };
    const decision = await decideCommand({ decoded, receivedAtMs: Date.now(), finding: null }, policy, ports);
    if (decision.kind === "allowed") allowed.push(words);
  }
  return allowed;
}
