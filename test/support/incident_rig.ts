import type { FaultSighting } from "../../src/incidents/fault.ts";
import { createIncidentStore, type IncidentStore } from "../../src/incidents/incident_store.ts";
import { createPodRoster, type PodRoster } from "../../src/inventory/pod_roster.ts";
import { createAllowlist } from "../../src/inventory/allowlist.ts";
import { createNodeRoster, type NodeRoster } from "../../src/inventory/node_roster.ts";
import { createRollouts, type Rollouts } from "../../src/inventory/rollouts.ts";
import { createRoster } from "../../src/inventory/roster.ts";

/** A store of incidents over a roster that a test fills, at a time that it sets. */
export interface IncidentRig {
  readonly store: IncidentStore;
  readonly pods: PodRoster;
  readonly nodes: NodeRoster;
  readonly rollouts: Rollouts;
  nowMs: number;
}

export const RIG_START_MS = Date.UTC(2026, 10, 30, 10, 0, 0);

/** Creates one; `limit` is of open incidents. */
export function createIncidentRig(
  options: { readonly limit?: number; readonly quietAfterMs?: number } = {},
): IncidentRig {
  const rig = { nowMs: RIG_START_MS };
  const pods = createPodRoster();
  const allow = { labels: createAllowlist([]), annotations: createAllowlist([]) };
  const nodes = createNodeRoster(allow, () => rig.nowMs);
  const rollouts = createRollouts();
  const refusal = () => null;
  const source = {
    run: () => Promise.resolve(),
    whenLive: () => Promise.resolve(pods.counts()),
    latest: () => [pods],
    refusal,
  };
  const store = createIncidentStore({
    clusterId: "prod",
    roster: createRoster(
      source,
      { run: source.run, settled: () => Promise.resolve(nodes), latest: () => nodes, refusal },
      rollouts,
    ),
    now: () => rig.nowMs,
    quietAfterMs: options.quietAfterMs ?? 30 * 60_000,
    limit: options.limit ?? 2_048,
  });
  return Object.assign(rig, { store, pods, nodes, rollouts });
}

let reports = 0;

/** A fault of a pod of the namespace `shop`, told now, but for what is given. */
export function faultOf(rig: Pick<IncidentRig, "nowMs">, given: Partial<FaultSighting> = {}): FaultSighting {
  return {
    kind: "event",
    rule: "crash.backoff",
    category: "crash",
    severity: "medium",
    namespace: "shop",
    object: { kind: "Pod", name: "web-6c8d4f9b7d-2ptz5", uid: "u-1" },
    container: "app",
    message: "Back-off restarting failed container app in pod web-6c8d4f9b7d-2ptz5",
    atMs: rig.nowMs,
    reportId: `report-${++reports}`,
    ...given,
  };
}

/** A pod as the API server lists it. */
export function rosterPod(given: {
  readonly name: string;
  readonly replicaSet?: string;
  readonly node?: string;
  readonly ready?: boolean;
  readonly namespace?: string;
}) {
  const { name, replicaSet, node, ready = true, namespace = "shop" } = given;
  return {
    metadata: {
      namespace,
      name,
      creationTimestamp: new Date(RIG_START_MS).toISOString(),
      labels: { "pod-template-hash": replicaSet?.split("-").at(-1) },
      ownerReferences: replicaSet === undefined ? [] : [{ kind: "ReplicaSet", name: replicaSet, controller: true }],
    },
    spec: { nodeName: node },
    status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}
