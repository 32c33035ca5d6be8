import { createRegistrationListener } from "../bus/hear_registrations.ts";
import { addHeard, findIdentityClashes, type HeardRegistration } from "../cluster/identity_clash.ts";
import { identityClashEvent } from "../cluster/identity_notice.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { ServiceEntry } from "../lifecycle/run_services.ts";
import type { Service } from "../lifecycle/service.ts";
import type { AgentInfo } from "../wire/agent_info.ts";
import type { AgentContext } from "./agent_context.ts";

/** How often what was heard is judged again: a second agent counts only after a rollout's time. */
const JUDGE_MS = 10_000;

/** Notices others under this cluster's id from their registrations, and tells it: log, metric, one event each. */
export function createIdentityServices(context: AgentContext, ownInfo: () => AgentInfo): readonly ServiceEntry[] {
  const { clock, metrics, outbox, clusterId, connection } = context;
  const log = createLogger("cluster");
  const told = new Set<string>();
  let heard: readonly HeardRegistration[] = [];

  async function judge(signal: AbortSignal): Promise<void> {
    for (const clash of findIdentityClashes(ownInfo(), heard, clock.now())) {
      const key = `${clash.kind} ${clash.other}`;
      if (told.has(key)) continue;
      told.add(key);
      metrics.identityClashes.inc({ kind: clash.kind });
      log.error("Somebody else uses this cluster's id", { kind: clash.kind, detail: clash.message });
      const event = identityClashEvent(clusterId, clash, clock.now());
      await outbox.put({
        kind: "event",
        id: event.id,
        subject: context.subject("event"),
        body: new TextEncoder().encode(JSON.stringify(event)),
        severity: event.severity,
      }, signal);
    }
  }

  const watch: Service = {
    name: "identity_watch",
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(JUDGE_MS, signal).catch(() => {});
        if (!signal.aborted) await judge(signal);
      }
    },
  };
  const listener = createRegistrationListener({
    connection,
    subject: context.subject("register"),
    onHeard: (info) => heard = addHeard(heard, { info, heardAtMs: clock.now() }),
  });
  return [listener, watch].map((service) => ({ service, stopMs: 300, onFailure: "restart" as const }));
}
