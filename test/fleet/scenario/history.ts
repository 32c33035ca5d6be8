import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { FleetRig } from "../support/fleet_rig.ts";
import { median, runAgentProgram } from "../support/run_agent_program.ts";
import { count, figure, type FleetScenario, seconds } from "./scenario.ts";
import { delivered } from "./steady.ts";

/** Ours of the machine's time; made at this pace the outboxes never fill. */
const EVENTS_A_SECOND = 2_000;

/** The last hour, of one cluster and of all. */
export const HISTORY: FleetScenario = {
  name: "agent history, an hour",
  async play(rig, { historyEach, runs }) {
    const total = historyEach * rig.clusterIds.length;
    await Promise.all(
      rig.simulators.map((each) =>
        each.order({ kind: "report", each: historyEach, withinMs: total / EVENTS_A_SECOND * 1000 })
      ),
    );
    await delivered(rig);
    const [, cluster = ""] = rig.clusterIds;
    const stored = await countStored(rig);
    const [one, all, bareOne, bareAll]: [number[], number[], number[], number[]] = [[], [], [], []];
    let rows = Infinity;
    let grouped = Infinity;
    for (let run = 0; run < runs; run++) {
      const ofOne = await runAgentProgram(rig, ["history", "--since", "1h", "--cluster", cluster, "--limit", "10000"]);
      one.push(ofOne.seconds);
      rows = Math.min(rows, ofOne.lines.length);
      const ofAll = await runAgentProgram(rig, [
        "history",
        "--since",
        "1h",
        "--group-by",
        "cluster",
        "--limit",
        "100000",
      ]);
      all.push(ofAll.seconds);
      bareOne.push(await readBare(rig, cluster));
      bareAll.push(await readBare(rig, "*"));
      grouped = Math.min(grouped, ofAll.lines.reduce((sum, { text }) => sum + Number(text.trim().split(" ")[0]), 0));
    }
    return [
      figure("process start to the last line, one cluster", median(one), "s", {
        bare: seconds(median(bareOne)),
        goal: { atMost: 0.3 },
      }),
      count("its events, in the worst run", rows >= historyEach ? historyEach : rows, historyEach),
      figure(`all ${stored} events, counted by cluster`, median(all), "s", {
        bare: seconds(median(bareAll)),
        goal: { atMost: 8 },
      }),
      count("events counted, in the worst run", grouped, stored),
    ];
  },
};

/** The same messages, read and thrown away: what the server takes to find them, and the library to read them. */
async function readBare({ observer }: FleetRig, cluster: string): Promise<number> {
  const startMs = performance.now();
  const consumer = await jetstream(observer).consumers.get("AGENT_EVENTS", {
    filter_subjects: [`agent.event.${cluster}`, `agent.events.${cluster}`],
  });
  const messages = await consumer.consume({ max_messages: 2_000 });
  for await (const message of messages) {
    if (message.info.pending === 0) break;
  }
  await messages.close();
  return performance.now() - startMs;
}

async function countStored({ observer }: FleetRig): Promise<number> {
  const manager = await jetstreamManager(observer, { timeout: 30_000 });
  return (await manager.streams.info("AGENT_EVENTS")).state.messages;
}
