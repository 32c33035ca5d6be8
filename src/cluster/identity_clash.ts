import type { IdentityClashKind } from "../telemetry/label_values.ts";
import type { AgentInfo } from "../wire/agent_info.ts";

/** A registration that was heard on this cluster's own register subject. */
export interface HeardRegistration {
  readonly info: AgentInfo;
  readonly heardAtMs: number;
}

/**
 * Somebody else under this cluster's id. `other_cluster`: its kube-system is another one, so two clusters were given one
 * id. `other_agent`: a second agent of this cluster, or of a copy of it (a restored etcd snapshot has the same UID).
 */
export interface IdentityClash {
  readonly kind: IdentityClashKind;
  /** Its instance, or its start time where it is too old to have one. */
  readonly other: string;
  readonly message: string;
}

/** A rollout's old and new agent overlap for as long as the old one takes to stop; Kubernetes kills it after 30 s by default. */
const ROLLOUT_MS = 120_000;
/** Whoever may publish on the subject may invent instances; more than these are not kept. */
const HEARD_LIMIT = 16;

/** Adds a registration to those heard: the first hearing of each instance stays, the oldest instance leaves. Pure. */
export function addHeard(
  heard: readonly HeardRegistration[],
  registration: HeardRegistration,
): readonly HeardRegistration[] {
  const known = heard.some(({ info }) => instanceOf(info) === instanceOf(registration.info));
  return known ? heard : [...heard, registration].slice(-HEARD_LIMIT);
}

/**
 * Who else uses the id of `own`, as far as the registrations heard while this agent runs can tell. A foreign kube-system
 * is told at once; a second agent only when both have been there for longer than a rollout takes. Pure.
 */
export function findIdentityClashes(
  own: AgentInfo,
  heard: readonly HeardRegistration[],
  nowMs: number,
): readonly IdentityClash[] {
  return heard.flatMap(({ info, heardAtMs }): readonly IdentityClash[] => {
    const other = instanceOf(info);
    if (info.cluster_id !== own.cluster_id || other === instanceOf(own)) return [];
    if (info.cluster_uid && own.cluster_uid && info.cluster_uid !== own.cluster_uid) {
      const message = `Another cluster uses the id ${own.cluster_id} too: its kube-system has the UID ` +
        `${info.cluster_uid.slice(0, 64)}, this one's has ${own.cluster_uid}. Commands reach both; give one of them ` +
        "another CLUSTER_ID.";
      return [{ kind: "other_cluster", other, message }];
    }
    if (info.lease_uid && info.lease_uid === own.lease_uid) return []; // replicas of one Lease are one agent
    if (nowMs - heardAtMs < ROLLOUT_MS) return [];
    const message = `A second agent uses the id ${own.cluster_id}, started ${info.start_time.slice(0, 40)}. Run one ` +
      "agent a cluster; if this cluster is a copy of another one, give it a CLUSTER_ID of its own.";
    return [{ kind: "other_agent", other, message }];
  });
}

function instanceOf(info: AgentInfo): string {
  return (info.instance || info.start_time).slice(0, 64);
}
