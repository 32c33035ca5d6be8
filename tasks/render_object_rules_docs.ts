import { encodeFault } from "../src/objects/encode_fault.ts";
import { EXCUSE_MEANINGS } from "../src/objects/excuse_meanings.ts";
import type { ObjectRule } from "../src/objects/object_rule.ts";
import { OBJECT_RULES } from "../src/objects/object_rules.ts";
import { WATCHED_KINDS } from "../src/objects/object_feed.ts";
import { formatGoDuration } from "../src/wire/duration.ts";
import { markdownTable } from "./markdown_table.ts";

const INTRODUCTION = `# Faults of objects

<!-- Written by \`deno task docs:objects\` from src/objects/. Change the rules, not this page. -->

Some faults have no Event: a container that the kernel killed because it ran out of memory, a rollout that makes no progress,
an autoscaler at its limit. The agent finds them in the state of the objects themselves. It watches pods and nodes anyway, for
metrics reports; [below](#what-is-watched) is what else it watches. Such a fault is a report with \`type: "k8s_state"\` on the
subject of events. Its [incident](incidents.md) reports its end.

- A fault opens when the condition has held for the time in the column "for", by the object's own times. So a restart of the
  agent does not restart the time. \`0s\` means at once.
- A fault is reported once for all pods of one owner (a Deployment, for example) and container, with the number of affected pods,
  the number of all, and five names.
- An occurrence, such as a container's end, is reported once, however often it is seen: in \`state\`, then in \`lastState\`, in a
  list, after a restart. It is reported again if its severity rises, and once an hour while it continues. In a list it counts as
  new only within \`events.backlog\`.
- A fault ends when the object has been as the column "ends" says, for the time there. If a pod is replaced by one that fails in
  the same way, the fault continues.
- An object that has an excuse opens no fault, and ends none.
- The id of a report is derived from the cluster, the object's UID, the rule and the occurrence. It is the same after a restart
  and from a second replica.

To change a rule, use its id. Ids are stable:

\`\`\`yaml
objects:
  rules:
    - {id: scheduling.pod.pending, for: 15m}
    - {id: crash.container.exit, severity: low}
    - {id: autoscaling.hpa.limited, ignore: true}
\`\`\`

To try the rules on objects that \`kubectl get -o json\` printed, run \`agent test-rules --objects pods.json\`. With an older
dump as \`--before\`, it shows what changed between the two.
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
        "Container app was killed because it ran out of memory (limit 64Mi, exit 137 SIGKILL): 2 of 10 pods of Deployment web",
      facts: {
        name: "app",
        exit_code: 137,
        signal: 9,
        reason: "OOMKilled",
        started_at: "2026-03-01T11:48:12.000Z",
        finished_at: "2026-03-01T12:00:00.000Z",
        restarts: 3,
      },
      related: null,
      firstMs: atMs,
      lastMs: atMs,
      count: 2,
      affected: { objects: 2, of: 10, names },
    },
    atMs + 400,
    (text) => text,
  );
  return `## A report\n
The report has the form of an [event's](events.md) report; incidents add \`incident\` and \`caused_by\`. Faults of containers have
\`container\`; \`of\` is present if the number of all pods is known.

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
    "Besides pods and nodes, and Services, which reports count, the agent lists and watches these. Without the right, the rules of that kind are off: the agent says " +
    "so once in its log and on its status page, and retries. It looks at each object as it arrives, and keeps none; of a workload it keeps the labels of its " +
    "template, and of a Service its selector.\n",
    markdownTable(
      ["kind", "resource", "API group", "with `objects.workloads: off`"],
      WATCHED_KINDS.map(({ kind, resource, group, isOptional }) => [
        kind,
        resource,
        group || "core",
        isOptional ? "not watched" : "watched",
      ]),
    ),
    "The rule about Services needs Deployments, StatefulSets and DaemonSets: most selectors fit the template of one, which costs no " +
    "request. Where none fits and one is like it, the agent asks for the pods of that selector, once a minute for as long as there " +
    "are none. A Service that resembles no workload of its namespace is no fault: it waits for its workload, or was left over.\n",
    "The certificate of the API server is that of the connections that the agent makes anyway.\n",
  ].join("\n");
}
