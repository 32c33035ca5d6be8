import assert from "node:assert/strict";
import process from "node:process";
import * as z from "zod";
import { runToolOrFail } from "../../sandbox/run_tool.ts";
import { parseBenchOptions } from "./bench_options.ts";
import { deliveryFiguresSchema, latencyOf } from "./variant.ts";

const BENCH = new URL("./bench.ts", import.meta.url).pathname;
/** The program from its sources: a bundle is made by whoever measures. */
const PROGRAM = new URL("../../cli/main.ts", import.meta.url).pathname;

const resultSchema = z.object({
  events: z.literal(300),
  delivery: z.record(z.string(), deliveryFiguresSchema.extend({ arrived: z.number() })),
  ratios: z.record(z.string(), z.object({ throughput: z.number().positive(), cpu: z.number().positive() })),
  path: z.record(z.string(), z.object({ arrived: z.number(), peakMegabytes: z.number().positive() })),
});

Deno.test("bench: a small run has the shape of a large one, and everything that was sent arrives", async () => {
  const output = await runToolOrFail(process.execPath, [
    ...["run", "-A", "--no-check", BENCH, "--program", PROGRAM],
    ...["--events", "300", "--rate", "50", "--seconds", "1", "--only", "bare-core,core,jetstream+spool,path-core"],
  ]);
  const { delivery, ratios, path } = resultSchema.parse(JSON.parse(output));
  assert.deepEqual(Object.keys(delivery), ["bare-core", "core", "jetstream+spool"]);
  // 2,000 to warm up, the burst, and a second of the steady flow.
  for (const run of Object.values(delivery)) assert.equal(run.arrived, 2_350);
  assert.ok("core" in ratios);
  assert.equal(path.core?.arrived, 850);
});

Deno.test("bench: percentiles are of the sorted samples, and there are none of nothing", () => {
  assert.equal(latencyOf([]), null);
  const samples = Array.from({ length: 100 }, (_, at) => 100 - at);
  assert.deepEqual(latencyOf(samples), { p50: 51, p90: 91, p99: 100, max: 100 });
});

for (const args of [["--events", "0"], ["--rate", "many"], ["--only", "core,nothing"], ["--unknown"]]) {
  Deno.test(`bench: refuses ${args.join(" ")} with a sentence`, () => {
    assert.equal(typeof parseBenchOptions(args), "string");
  });
}
