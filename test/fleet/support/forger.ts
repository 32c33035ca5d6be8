import type { CommandResult } from "../../../src/wire/command_result.ts";
import type { FleetRig } from "./fleet_rig.ts";

const ID = "forging-cluster";

/** A cluster that was taken over: it beats, also in another's name, and answers commands as another. */
export async function startForger(rig: FleetRig): Promise<AsyncDisposable & { readonly id: string }> {
  const [victim = ""] = rig.clusterIds;
  const beat = (cluster: string) =>
    JSON.stringify({
      cluster_id: cluster,
      timestamp: new Date().toISOString(),
      status: "healthy",
      metrics: { event_queue_size: 0, metrics_queue_size: 0, command_queue_size: 0, uptime_seconds: 1 },
      interval_seconds: rig.options.heartbeatMs / 1000,
    });
  const say = () => {
    rig.observer.publish(`agent.heartbeat.${ID}`, beat(victim));
    rig.observer.publish(`agent.heartbeat.${ID}`, beat(ID));
  };
  const subscription = rig.observer.subscribe(`agent.command.${ID}`, {
    callback: (_error, message) => {
      const result: CommandResult = {
        command_id: message.json<{ id: string }>().id,
        cluster_id: victim,
        status: "success",
        output: "forged\n",
        error: "",
        exit_code: 0,
        duration: 1,
        execution_time: 1,
        truncated: false,
        timestamp: new Date().toISOString(),
      };
      message.respond(JSON.stringify(result));
    },
  });
  say();
  const timer = setInterval(say, rig.options.heartbeatMs);
  await rig.observer.flush();
  return {
    id: ID,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      subscription.unsubscribe();
      await rig.observer.flush();
    },
  };
}
