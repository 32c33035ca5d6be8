import process from "node:process";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import * as esbuild from "esbuild";
import { decodeEvents } from "../../src/bus/subscribe_events.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { runToolOrFail } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import {
  BENCH_STREAM,
  BENCH_SUBJECTS,
  type DeliveryFigures,
  deliveryFiguresSchema,
  type DeliveryPlan,
  type Variant,
} from "./variant.ts";

const DELIVERY_RUN = new URL("./delivery_run.ts", import.meta.url).pathname;

/** Bundles the program of the delivery runs as the agent itself is bundled, so that memory can be compared. */
export async function bundleDeliveryRun(outfile: string): Promise<void> {
  await esbuild.build({
    entryPoints: [DELIVERY_RUN],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2024",
    minifySyntax: true,
    logLevel: "warning",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  await esbuild.stop();
}

export interface DeliveryRunOptions {
  readonly program: string;
  readonly v8Flags: string | null;
  readonly profileDir: string | null;
}

/** What a run came to, and what arrived of it as a subscriber that is none of ours would count. */
export interface DeliveryRun extends DeliveryFigures {
  readonly arrived: number;
}

/** Runs one variant in a process of its own, against a nats-server that is started for it. */
export async function runDelivery(
  variant: Variant,
  plan: Pick<DeliveryPlan, "events" | "paced">,
  options: DeliveryRunOptions,
): Promise<DeliveryRun> {
  await using server = await startNatsServer({ jetstream: true });
  await using dir = await createTempDir("bench");
  const nats = await connect({ servers: server.url });
  try {
    const manager = await jetstreamManager(nats);
    let heard = 0;
    const subjects = Object.values(BENCH_SUBJECTS);
    if (variant.delivery === "jetstream") await manager.streams.add({ name: BENCH_STREAM, subjects });
    else {
      for (const subject of subjects) {
        nats.subscribe(subject, { callback: (_, message) => void (heard += countOf(message)) });
      }
      await nats.flush();
    }
    const whole: DeliveryPlan = { ...plan, variant, natsUrl: server.url, dir: dir.path };
    const output = await runToolOrFail(process.execPath, [
      "run",
      "-A",
      ...(options.v8Flags === null ? [] : [`--v8-flags=${options.v8Flags}`]),
      ...(options.profileDir === null ? [] : ["--cpu-prof"]),
      options.program,
      JSON.stringify(whole),
    ], options.profileDir === null ? {} : { cwd: options.profileDir });
    const figures = deliveryFiguresSchema.parse(JSON.parse(output));
    const arrived = variant.delivery === "jetstream"
      ? await countStored(manager)
      : await eventually("every event arrives", async () => {
        await nats.flush();
        return heard;
      });
    return { ...figures, arrived };
  } finally {
    await nats.close();
  }

  async function countStored(manager: Awaited<ReturnType<typeof jetstreamManager>>): Promise<number> {
    const { state } = await manager.streams.info(BENCH_STREAM);
    if (!variant.batch) return state.messages;
    let events = 0;
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await manager.streams.getMessage(BENCH_STREAM, { seq });
      events += message === null ? 0 : decodeEvents({ data: message.data, headers: message.header })?.length ?? 0;
    }
    return events;
  }
}

/** Batches say how many they hold. */
function countOf(message: { readonly headers?: { get(name: string): string } }): number {
  return Number(message.headers?.get("Agent-Count") || 1);
}
