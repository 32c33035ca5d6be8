import type { SpoolMessage } from "../../src/outbox/spool/spool.ts";
import type { LaneName } from "../../src/outbox/spool/spool_lane.ts";

const CLASS: Readonly<Record<LaneName, Pick<SpoolMessage, "kind" | "severity">>> = {
  metrics: { kind: "metrics", severity: undefined },
  evidence: { kind: "update", severity: "low" },
  update: { kind: "update", severity: "medium" },
  low: { kind: "event", severity: "low" },
  medium: { kind: "event", severity: "medium" },
  high: { kind: "event", severity: "high" },
  result: { kind: "result", severity: undefined },
  critical: { kind: "event", severity: "critical" },
};

/** A message whose every byte follows from its number, so that a reader can tell whether it came back whole. */
export function spoolMessage(number: number, lane: LaneName, bodyBytes: number): SpoolMessage {
  const body = new Uint8Array(bodyBytes);
  for (let at = 0; at < bodyBytes; at++) body[at] = (number * 31 + at * 7) & 0xff;
  return {
    ...CLASS[lane],
    id: `id-${number}`,
    subject: `agent.${CLASS[lane].kind}.prod`,
    headers: number % 3 === 0 ? { "Content-Type": "application/json", "Agent-Number": String(number) } : undefined,
    body,
  };
}
