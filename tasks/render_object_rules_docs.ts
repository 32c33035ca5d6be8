import { encodeFault } from "../src/objects/encode_fault.ts";
import { EXCUSE_MEANINGS } from "../src/objects/excuse_meanings.ts";
import type { ObjectRule } from "../src/objects/object_rule.ts";
import { OBJECT_RULES } from "../src/objects/object_rules.ts";
import { WATCHED_KINDS } from "../src/objects/object_feed.ts";
import { formatGoDuration } from "../src/wire/duration.ts";
import { markdownTable } from "./markdown_table.ts";

const INTRODUCTION = `# Faults of objects

<!-- Written by \`deno task docs:objects\` from src/objects/. Change the rules, not this page. -->

Some faults have no Event: a container that the kernel killed for want of memory, a rollout that makes no progress, an
autoscaler at its limit. The agent finds them in the state of the objects themselves. Pods and nodes are watched anyway, for
metrics reports; what else is watched stands [below](#what-is-watched). Such a fault is a report with \`type: "k8s_state"\` on the
events' subject, and its end is told by its [incident](incidents.md).

- A fault opens when what the rule looks for has held for the time in the column "for", by the object's own times: a restart
  of the agent does not begin it anew. \`0s\` is at once.
- It is told once for all pods of one owner (a Deployment, say) and container, with how many of how many have it and five names.
- What happens, such as a container's end, is told once however often it is seen: in \`state\`, then in \`lastState\`, in a list, after
  a restart. It is told again when it becomes severer, and once an hour while it goes on. In a list it is news only within
  \`events.backlog\`.
- It has ended when the object has been as the column "ends" says, for so long. A pod that is replaced by one that fails the same
  way is the same fault.
- An object that has an excuse opens no fault, and ends none.
- The id of a report is made of the cluster, the object's UID, the rule and what names the occurrence: the same after a restart
  and from a second replica.

The rules are changed by id; ids are stable:

\`\`\`yaml
objects:
  rules:
    - {id: scheduling.pod.pending, for: 15m}
    - {id: crash.container.exit, severity: low}
    - {id: autoscaling.hpa.limited, ignore: true}
\`\`\`

\`agent test-rules --objects pods.json\` says what the rules make of objects that \`kubectl get -o json\` wrote; with an older dump
too (\`--before\`), what changed between them.
`;

/** A report as the program itself makes it. */
function renderSample(rules: readonly ObjectRule[]): string {
  const rule = rules.find(({ id }) => id === "oom.container.killed");
  if (rule === undefined) return "";
  const atMs = Date.parse("2026-03-01T12:00:00Z");
  const names = ["web-6c9f7d5b8-2ptz5", "web-6c9f7d5b8-8xkwl"];
  const event = encodeFault(
    "prod",
    {
      faultKey: "",
      rule,
      severity: rule.severity,
      container: "app",
      owner: { kind: "Deployment", name: "web" },
      object: { kind: "Pod", namespace: "shop", name: names[0] ?? "", uid: "8c1f5a0e-3b52-4d8e-9a61-0d7f4f0f3f11" },
      occurrence: "containerd://4f5c6d",
      reason: "OOMKilled",
      message:
        "Container app was killed for want of memory (limit 64Mi, exit 137 SIGKILL): 2 of 10 pods of Deployment web",
      facts: {
        name: "app",
        exit_code: 137,
        signal: 9,
        reason: "OOMKilled",
        started_at: "2026-03-01T11:48:12.000Z",
        finished_at: "2026-03-01T12:00:00.000Z",
        restarts: 3,
      },
      firstMs: atMs,
      lastMs: atMs,
      count: 2,
      affected: { objects: 2, of: 10, names },
    },
    atMs + 400,
    (text) => text,
  );
  return `## A report\n
On the events' subject, in the form of an [event's](events.md) report; incidents add \`incident\` and \`caused_by\`. \`container\` is
there for faults of containers, \`of\` where it is known how many there are.

\`\`\`json
${JSON.stringify(event, null, 2)}
\`\`\`
`;
}

/** docs/object-rules.md: every rule about objects, from the rules alone. */
export function renderObjectRulesDocs(rules: readonly ObjectRule[] = OBJECT_RULES): string {
  return [
    INTRODUCTION,
    renderSample(rules),
    "## Rules\n",
    markdownTable(
      ["id", "object", "when", "for", "severity", "excuses", "ends", "meaning"],
      rules.map((rule) => [
        `\`${rule.id}\``,
        rule.kind,
        rule.when,
        formatGoDuration(rule.forMs),
        rule.severity,
        rule.excuses.map((name) => name.replaceAll("_", " ")).join(", ") || "none",
        rule.holdMs === 0 ? rule.end : `${rule.end} for ${formatGoDuration(rule.holdMs)}`,
        rule.explanation,
      ]),
    ),
    "## Excuses\n",
    markdownTable(
      ["excuse", "what it means"],
      Object.entries(EXCUSE_MEANINGS).map(([name, meaning]) => [name.replaceAll("_", " "), meaning]),
    ),
    "## What is watched\n",
    "Beside pods and nodes, with \`list\` and \`watch\`. Without a right the rules of that kind are off; the agent says so once, in its " +
    "log and on its status page, and goes on asking. Objects are looked at as they pass by, and none is kept.\n",
    markdownTable(
      ["kind", "resource", "API group", "with `objects.workloads: off`"],
      WATCHED_KINDS.map(({ kind, resource, group, isOptional }) => [
        kind,
        resource,
        group || "core",
        isOptional ? "not watched" : "watched",
      ]),
    ),
    "The certificate of the API server is that of the connections that the agent makes anyway.\n",
  ].join("\n");
}
