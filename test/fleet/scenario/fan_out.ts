import * as z from "zod";
import { askBare } from "../support/bare_requests.ts";
import { startForger } from "../support/forger.ts";
import type { FleetRig } from "../support/fleet_rig.ts";
import { median, runAgentProgram } from "../support/run_agent_program.ts";
import { eventually } from "../../../sandbox/eventually.ts";
import { count, figure, type FleetScenario, seconds } from "./scenario.ts";

const HUNG = "hung-cluster";
const TIMEOUT_MS = 4_000;
const lineSchema = z.object({ cluster: z.string(), outcome: z.string(), output: z.string() });

/** One signed command for all, by the subcommand; then once more beside a hung and a forging cluster. */
export const FAN_OUT: FleetScenario = {
  name: "exec --all, signed",
  async play(rig, { runs }) {
    const bare: number[] = [];
    const whole: number[] = [];
    let succeeded = Infinity;
    for (let run = 0; run < runs; run++) {
      const { answers, seconds } = await execAll(rig);
      succeeded = Math.min(succeeded, answers.filter(({ outcome }) => outcome === "succeeded").length);
      whole.push(seconds);
      bare.push(await askBare(rig));
    }
    const goal = { atMost: rig.clusterIds.length <= 1_000 ? 1 : 3 };
    return [
      figure("process start to the last answer", median(whole), "s", { goal, bare: seconds(median(bare)) }),
      count("succeeded, in the worst run", succeeded, rig.clusterIds.length),
      ...await besideBadOnes(rig),
    ];
  },
};

async function execAll(rig: FleetRig) {
  const run = await runAgentProgram(rig, [
    "exec",
    "--all",
    "--yes",
    "--timeout",
    `${TIMEOUT_MS}ms`,
    "--sign-key",
    rig.folder.file("key"),
    "-o",
    "ndjson",
    "--",
    "kubectl",
    "version",
  ]);
  const answers = run.lines.flatMap(({ text, seconds }) => {
    const answer = lineSchema.safeParse(JSON.parse(text));
    return answer.success ? [{ ...answer.data, seconds }] : []; // the last line is the summary
  });
  return { answers, seconds: Math.max(0, ...answers.map((answer) => answer.seconds)) };
}

/** A process that is stopped still holds its subscription; a forger answers in another's name. */
async function besideBadOnes(rig: FleetRig) {
  await using forger = await startForger(rig);
  const [hung] = await rig.spawn([HUNG]);
  if (hung === undefined) throw new Error("There is no process for the hung cluster");
  try {
    await hung.order({ kind: "start" });
    const isFresh = async (id: string) => (await rig.look()).some((each) => each.id === id && each.state === "fresh");
    await eventually("both are shown", async () => await isFresh(HUNG) && await isFresh(forger.id));
    hung.signal("SIGSTOP");
    const { answers } = await execAll(rig);
    const others = answers.filter(({ cluster }) => cluster !== HUNG && cluster !== forger.id);
    const answerOf = (id: string) => answers.find(({ cluster }) => cluster === id);
    const named = answerOf(HUNG)?.outcome === "silent" && /says that it is/.test(answerOf(forger.id)?.output ?? "");
    return [
      count("hung and forging cluster named", named ? 2 : 0, 2),
      count(
        "succeeded beside them",
        others.filter(({ outcome }) => outcome === "succeeded").length,
        rig.clusterIds.length,
      ),
      figure("process start to the last answer beside them", Math.max(...others.map((each) => each.seconds)), "s", {
        goal: { atMost: rig.clusterIds.length <= 1_000 ? 1 : 3 },
      }),
    ];
  } finally {
    rig.forget(hung);
    await hung.kill();
    await forgetCluster(rig, [HUNG, forger.id]);
  }
}

/** Takes what is kept of clusters that were never part of the fleet out of the bucket. */
export async function forgetCluster(rig: FleetRig, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await rig.observer.request("$JS.API.STREAM.PURGE.KV_agents", JSON.stringify({ filter: `$KV.agents.${id}.*` }), {
      timeout: 5_000,
    });
  }
}
