import { rfc3339 } from "../wire/rfc3339.ts";
import { compact } from "../lifecycle/compact.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import { clipText } from "./clip_text.ts";
import type { Gather, Scene } from "./scene.ts";

/** What else was reported of this owner and node, and the rollout before it: all from memory. */
export const gatherAround: Gather = (scene) => {
  const { sighting, stamp } = scene.request;
  const reports = scene.reports.around(sighting, stamp);
  const rollout = rolloutOf(scene);
  const pods = podsOf(scene);
  if (reports.length === 0 && rollout === undefined && pods === undefined) return Promise.resolve(null);
  return Promise.resolve(compact({ reports: reports.length === 0 ? undefined : reports, rollout, pods }));
};

function rolloutOf({ request, roster }: Scene): JsonObject | undefined {
  const { owner } = request.stamp;
  const newest = owner === null ? null : roster.rollouts.newestOf(request.sighting.namespace, owner.name);
  if (newest === null) return undefined;
  return { template: newest.replicaSet, at: rfc3339(newest.atMs), seen_by: newest.seenBy };
}

/** How the owner's pods do, by the template that they were made from. */
function podsOf({ request, roster }: Scene): readonly JsonObject[] | undefined {
  const { owner } = request.stamp;
  const groups = owner === null ? [] : roster.groupsOf(request.sighting.namespace, owner);
  if (groups.length === 0) return undefined;
  return groups.slice(0, 5).map(({ revision, pods, ready }) =>
    compact({ template: clipText(revision, 253), pods, ready })
  );
}
