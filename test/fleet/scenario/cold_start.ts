import { eventually } from "../../../sandbox/eventually.ts";
import { readProcessFigures } from "../../support/process_figures.ts";
import { askBare } from "../support/bare_requests.ts";
import type { FleetRig } from "../support/fleet_rig.ts";
import { figure, type FleetScenario, seconds } from "./scenario.ts";

const LIMIT_MS = 180_000;

/** From nothing: first as many bare connections, then the agents. */
export const COLD_START: FleetScenario = {
  name: "cold start",
  async play(rig) {
    const bare = await startAndAskBare(rig);
    await rig.spawn(rig.clusterIds);
    const before = await Promise.all(rig.simulators.map(({ pid }) => readProcessFigures(pid)));
    const startMs = Date.now();
    await Promise.all(rig.simulators.map((each) => each.order({ kind: "start" })));
    await rig.connected(LIMIT_MS);
    const { connectsMs } = await rig.tell(startMs);
    const shownMs = await eventually("every cluster is shown as fresh", async () => {
      const fresh = (await rig.look()).filter(({ state }) => state === "fresh");
      return fresh.length === rig.clusterIds.length ? Date.now() : undefined;
    }, LIMIT_MS);
    const after = await Promise.all(rig.simulators.map(({ pid }) => readProcessFigures(pid)));
    const grown = after.reduce((sum, { residentMegabytes }) => sum + residentMegabytes, 0) -
      before.reduce((sum, { residentMegabytes }) => sum + residentMegabytes, 0);
    const server = await readProcessFigures(rig.nats.pid());
    return [
      figure("all connected", seconds(lastOf(connectsMs) - startMs), "s", { bare: seconds(bare.connectedMs) }),
      figure("all shown as fresh", seconds(shownMs - startMs), "s"),
      figure("nats-server, resident", server.residentMegabytes, "MB", { bare: bare.serverMegabytes }),
      figure("an agent in its simulator", Math.round(grown * 1024 / rig.clusterIds.length), "kB"),
      figure("one request to each, all answered", null, "s", { bare: seconds(bare.answeredMs) }),
    ];
  },
};

const lastOf = (timesMs: readonly number[]) => timesMs.reduce((last, each) => Math.max(last, each), -Infinity);

async function startAndAskBare(rig: FleetRig) {
  const processes = await rig.spawn(rig.clusterIds, "bare");
  const startMs = Date.now();
  await Promise.all(processes.map((each) => each.order({ kind: "start" })));
  const connectedMs = lastOf((await rig.tell(startMs)).connectsMs) - startMs;
  const answeredMs = await askBare(rig);
  const { residentMegabytes } = await readProcessFigures(rig.nats.pid());
  for (const each of processes) {
    rig.forget(each);
    await each.kill();
  }
  return { connectedMs, answeredMs, serverMegabytes: residentMegabytes };
}
