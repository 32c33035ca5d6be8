import { findIdentityClashes, type HeardRegistration } from "../cluster/identity_clash.ts";
import { identityClashEvent } from "../cluster/identity_notice.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import { eventMessage } from "../outbox/event_message.ts";
import type { OutboxWriter } from "../outbox/outbox.ts";
import type { IdentityClashKind } from "../telemetry/label_values.ts";
import type { AgentInfo } from "../wire/agent_info.ts";

interface IdentityWatchOptions {
  readonly clock: Clock;
  readonly clusterId: string;
  readonly eventSubject: string;
  readonly outbox: OutboxWriter;
  readonly ownInfo: () => AgentInfo;
  readonly heard: () => readonly HeardRegistration[];
  readonly onClash: (kind: IdentityClashKind) => void;
}

/** How often what was heard is judged again: a second agent counts only after a rollout's time. */
const JUDGE_MS = 10_000;
/** Whoever may publish registrations may invent agents: one report a kind in this time tells all that there is to tell. */
const REPORT_WINDOW_MS = 60 * 60_000;

/** Tells that somebody else uses this cluster's id: log, metric and event, once a kind and window. */
export function createIdentityWatch(options: IdentityWatchOptions): Service {
  const { clock, clusterId, outbox } = options;
  const log = createLogger("cluster");
  const toldAtMs = new Map<IdentityClashKind, number>();
  const isTold = (kind: IdentityClashKind) => clock.now() - (toldAtMs.get(kind) ?? -Infinity) < REPORT_WINDOW_MS;

  async function judge(signal: AbortSignal): Promise<void> {
    for (const clash of findIdentityClashes(options.ownInfo(), options.heard(), clock.now())) {
      if (isTold(clash.kind)) continue;
      toldAtMs.set(clash.kind, clock.now());
      options.onClash(clash.kind);
      log.error("Somebody else uses this cluster's id", { kind: clash.kind, detail: clash.message });
      const event = identityClashEvent(clusterId, clash, clock.now());
      await outbox.put(eventMessage(event, options.eventSubject), signal);
    }
  }

  return {
    name: "identity_watch",
    async run(signal) {
      while (!signal.aborted) {
        await clock.sleep(JUDGE_MS, signal).catch(() => {});
        if (!signal.aborted) await judge(signal);
      }
    },
  };
}
