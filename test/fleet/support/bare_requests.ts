import type { FleetRig } from "./fleet_rig.ts";

/** One request to each cluster with the NATS library alone, over one inbox; resolves with how long all answers took. */
export async function askBare({ observer, clusterIds }: FleetRig): Promise<number> {
  const inbox = "_INBOX.bare-requests";
  let answers = 0;
  const all = Promise.withResolvers<void>();
  const subscription = observer.subscribe(`${inbox}.*`, {
    callback: () => {
      if (++answers === clusterIds.length) all.resolve();
    },
  });
  await observer.flush();
  const startMs = performance.now();
  for (const id of clusterIds) observer.publish(`agent.command.${id}`, "{}", { reply: `${inbox}.${id}` });
  await all.promise;
  subscription.unsubscribe();
  return performance.now() - startMs;
}
