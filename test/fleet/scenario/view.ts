import { jetstream } from "@nats-io/jetstream";
import * as z from "zod";
import type { FleetRig } from "../support/fleet_rig.ts";
import { median, runAgentProgram } from "../support/run_agent_program.ts";
import { eventually } from "../../../sandbox/eventually.ts";
import { forgetCluster } from "./fan_out.ts";
import { count, figure, type FleetScenario, seconds } from "./scenario.ts";

const rowSchema = z.object({ id: z.string(), state: z.string() });
const PLANTED = 2;

/** The table of all, as a person asks for it. */
export const VIEW: FleetScenario = {
  name: "agent fleet",
  async play(rig, { runs }) {
    const [whole, bare]: [number[], number[]] = [[], []];
    let rows = Infinity;
    for (let run = 0; run < runs; run++) {
      const { seconds, lines } = await runAgentProgram(rig, ["fleet"]);
      whole.push(seconds);
      rows = Math.min(rows, lines.filter(({ text }) => / fresh /.test(text)).length);
      bare.push(await readBare(rig));
    }
    return [
      figure("process start to the whole table", median(whole), "s", {
        bare: seconds(median(bare)),
        goal: { atMost: rig.clusterIds.length <= 1_000 ? 0.6 : 1.2 },
      }),
      count("fresh rows, in the worst run", rows, rig.clusterIds.length),
    ];
  },
};

/** The same messages, read and thrown away. */
async function readBare({ observer }: FleetRig): Promise<number> {
  const startMs = performance.now();
  const consumer = await jetstream(observer).consumers.get("KV_agents");
  const messages = await consumer.consume({ max_messages: 5_000 });
  for await (const message of messages) {
    if (message.info.pending === 0) break;
  }
  await messages.close();
  return performance.now() - startMs;
}

/** Two more agents start under ids that others have. */
export const DUPLICATES: FleetScenario = {
  name: "duplicate ids",
  async play(rig) {
    const planted = rig.clusterIds.slice(0, PLANTED);
    const startMs = performance.now();
    const twins = await rig.spawn(planted);
    try {
      await Promise.all(twins.map((each) => each.order({ kind: "start" })));
      await eventually("the others under the ids have beaten again", async () => {
        const duplicates = (await rig.look()).filter(({ state }) => state === "duplicate");
        return duplicates.length >= PLANTED;
      }, rig.options.heartbeatMs * 2 + 20_000);
      const seenMs = performance.now() - startMs;
      const { lines } = await runAgentProgram(rig, ["fleet", "-o", "ndjson"]);
      const named = lines.map(({ text }) => rowSchema.parse(JSON.parse(text)))
        .filter(({ state }) => state === "duplicate").map(({ id }) => id);
      return [
        figure("seen after", seconds(seenMs), "s", { goal: { atMost: rig.options.heartbeatMs / 1000 + 15 } }),
        count("of those planted named by one snapshot", named.filter((id) => planted.includes(id)).length, PLANTED),
        count("others named", named.filter((id) => !planted.includes(id)).length, 0),
      ];
    } finally {
      for (const each of twins) {
        rig.forget(each);
        await each.kill();
      }
      await forgetCluster(rig, planted); // their next beats are those of one agent
      await eventually("they beat as one", async () => {
        const seen = (await rig.look()).filter(({ id }) => planted.includes(id));
        return seen.length === PLANTED && seen.every(({ state }) => state === "fresh");
      }, rig.options.heartbeatMs * 2 + 5_000);
    }
  },
};
