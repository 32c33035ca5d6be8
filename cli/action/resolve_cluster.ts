import { isInFleet, readFleet } from "../../src/bus/read_fleet.ts";
import { findCluster } from "../../src/fleet/name_cluster.ts";
import { AgentError } from "../../src/lifecycle/errors.ts";
import type { CliBus } from "./open_bus.ts";

/**
 * The id of the cluster that a person means: an id, a cluster's name (both as far as they are subject tokens), or a prefix that matches one cluster only. Where there
 * is no bucket of the fleet, or it does not know the text, the text is taken for an id. Rejects where several fit.
 */
export async function resolveCluster(nats: CliBus, text: string): Promise<string> {
  if (await isInFleet(nats, text)) return text; // an id wins over names and prefixes, so the others need not be read
  const entries = await readFleet(nats).then((fleet) => fleet.entries, () => []);
  const found = findCluster(
    text,
    entries.map(({ id, register }) => ({ id, name: register?.value.cluster_name ?? null })),
  );
  switch (found.kind) {
    case "found":
      return found.id;
    case "several":
      throw new AgentError(
        "bad_usage",
        `"${text}" matches ${found.ids.length} clusters: ${found.ids.slice(0, 10).join(", ")}; give more of the id`,
      );
    case "none":
      return text;
  }
}
