import { hostname } from "node:os";
import type { Config } from "../config/config_schema.ts";
import { createElector, type LeadStatus, type LedServices } from "../lead/elector.ts";
import type { Leadership } from "../lead/leadership.ts";
import type { Clock } from "../lifecycle/clock.ts";
import type { Condition } from "../lifecycle/condition.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { KubeSurroundings } from "./agent_context.ts";
import type { BusPart } from "./bus_part.ts";
import { namespaceOf } from "./state_stores.ts";

interface LeadPartOptions extends KubeSurroundings {
  readonly config: Config;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Tells this process from the other replicas. */
  readonly instance: string;
  /** Fires when the process is asked to stop. */
  readonly retired: AbortSignal;
  readonly led: LedServices;
}

/** This replica's part in the election. */
interface LeadPart extends AgentPart {
  readonly leadership: Leadership;
  /** A replica without a bus leaves the Lease to others. */
  follow(bus: BusPart): void;
}

/** Builds the part that decides whether this replica leads. */
export function createLeadPart(options: LeadPartOptions): LeadPart {
  const { config, clock, client, telemetry } = options;
  const { lease_name: leaseName, lease_duration: durationMs } = config.replicas;
  const namespace = namespaceOf(options);
  const elector = createElector({
    client,
    clock,
    telemetry,
    namespace,
    leaseName,
    durationMs,
    identity: `${hostname()}_${options.instance}`,
    retired: options.retired,
    led: options.led,
  });
  return {
    name: "lead",
    services: [elector],
    leadership: elector.leadership,
    follow: (bus) => bus.onChange(() => elector.tellBus(bus.connection.session() !== null)),
    conditions: () => [leadCondition(elector.status(), `${namespace}/${leaseName}`)],
    status() {
      const { role, lease, epoch, trouble } = elector.status();
      return {
        lead: {
          role,
          holder: lease?.holder ?? null,
          renewed_ago_seconds: lease === null ? null : lease.renewedAgoMs / 1000,
          transitions: lease?.transitions ?? null,
          epoch,
          trouble,
        },
      };
    },
    refreshGauges: () => telemetry.leading.set(elector.status().role === "leader" ? 1 : 0),
  };
}

/** Whether this replica leads, or could take over. */
function leadCondition(status: LeadStatus, lease: string): Condition {
  const { role, watching, trouble } = status;
  const name = "lead";
  if (status.absent) {
    return {
      name,
      ok: false,
      detail:
        `the Lease ${lease} does not exist, so no replica leads; apply it again: it is part of the manifests and of ` +
        "the chart, and may be empty",
    };
  }
  if (status.lease === null || (!watching && role === "standby")) {
    return { name, ok: false, detail: `cannot watch the Lease ${lease}: ${trouble ?? "connecting"}` };
  }
  const { holder, renewedAgoMs } = status.lease;
  const renewed = `renewed ${(renewedAgoMs / 1000).toFixed(1)} s ago`;
  if (role === "leader") return { name, ok: true, detail: `leader, ${renewed}` };
  return { name, ok: true, detail: holder === "" ? "standby, and nobody leads" : `standby of ${holder}, ${renewed}` };
}
