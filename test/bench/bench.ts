/**
 * `deno task bench`: what delivery costs, way by way, against a real nats-server. `--help` lists the options, and
 * docs/bench.md says what each figure means.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { compact } from "../../src/lifecycle/compact.ts";
import { bundleAgent, readShippedV8Flags } from "../support/agent_program.ts";
import { runToolOrFail } from "../../sandbox/run_tool.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { BENCH_USAGE, type BenchOptions, parseBenchOptions } from "./bench_options.ts";
import { type BenchResult, formatBench, ratiosOf } from "./format_bench.ts";
import { bundleDeliveryRun, type DeliveryRun, runDelivery } from "./run_delivery.ts";
import { type PathFigures, runWholePath } from "./run_whole_path.ts";
import { type SpoolFigures, spoolFiguresSchema } from "./spool_figures.ts";
import { VARIANTS } from "./variant.ts";

const SPOOL_RUN = new URL("./spool_run.ts", import.meta.url).pathname;

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** How each process that is measured is run. */
interface Runtime {
  readonly program: string;
  readonly v8Flags: string | null;
  readonly profileDir: string | null;
}

async function runBench(options: BenchOptions): Promise<BenchResult> {
  const profileDir = options.profileDir === null ? null : resolve(options.profileDir);
  if (profileDir !== null) await mkdir(profileDir, { recursive: true });
  const program = options.program ?? await bundleAgent();
  const v8Flags = options.v8Flags ?? await readShippedV8Flags(program);
  const runtime: Runtime = { program, v8Flags: v8Flags || null, profileDir };
  const delivery = await runDeliveries(options, runtime);
  const path: Record<string, PathFigures> = {};
  for (const name of options.paths) {
    say(`watch to bus, ${name} ...`);
    path[name] = await runWholePath(name, { ...runtime, events: options.events, paced: pacedOf(options) });
  }
  const spool = options.spool ? await runSpool(options, runtime) : undefined;
  return {
    machine: { cpus: cpus().length, cpu: cpus()[0]?.model ?? "unknown", deno: process.versions.deno ?? "" },
    v8Flags: runtime.v8Flags,
    events: options.events,
    delivery,
    ratios: ratiosOf(delivery),
    path,
    ...compact({ spool }),
  };
}

const pacedOf = ({ pacedPerSecond, pacedSeconds }: BenchOptions) => ({
  perSecond: pacedPerSecond,
  events: pacedPerSecond * pacedSeconds,
});

async function runDeliveries(options: BenchOptions, runtime: Runtime): Promise<Record<string, DeliveryRun>> {
  const runs: Record<string, DeliveryRun> = {};
  if (options.variants.length === 0) return runs;
  await using dir = await createTempDir("bench");
  const program = dir.file("delivery_run.mjs");
  await bundleDeliveryRun(program);
  for (const name of options.variants) {
    say(`delivery, ${name} ...`);
    const plan = { events: options.events, paced: pacedOf(options) };
    runs[name] = await runDelivery(VARIANTS[name], plan, { ...runtime, program });
  }
  return runs;
}

async function runSpool({ events }: BenchOptions, { v8Flags }: Runtime): Promise<SpoolFigures> {
  say("spool ...");
  const flags = v8Flags === null ? [] : [`--v8-flags=${v8Flags}`];
  const output = await runToolOrFail(process.execPath, ["run", "-A", "--no-check", ...flags, SPOOL_RUN, `${events}`]);
  return spoolFiguresSchema.parse(JSON.parse(output));
}

const args = process.argv.slice(2);
if (args.includes("--help")) {
  process.stdout.write(BENCH_USAGE);
  process.exit(0);
}
const options = parseBenchOptions(args);
if (typeof options === "string") {
  process.stderr.write(`${options}\n\n${BENCH_USAGE}`);
  process.exit(2);
}
const result = await runBench(options);
say(`\n${formatBench(result)}`);
const json = JSON.stringify(result) + "\n";
if (options.output === null) process.stdout.write(json);
else await writeFile(options.output, json);
