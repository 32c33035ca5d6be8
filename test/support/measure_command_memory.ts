/**
 * Prints, as JSON, by how many bytes this process grew at most while it ran commands that write 50 MB each, and how much
 * of that they answered. A process of its own, so that nothing else grows meanwhile: `deno run -A <this file>`.
 */
import process from "node:process";
import { probeCommand, startCommandHarness } from "./command_harness.ts";

const ROUNDS = 1;

{
  await using harness = await startCommandHarness();
  // What is loaded and compiled once is not what a command costs.
  await harness.ask(probeCommand("warm-up", "secret"));
  const before = process.memoryUsage.rss();
  let peak = before;
  const sampler = setInterval(() => peak = Math.max(peak, process.memoryUsage.rss()), 1);
  let answered = 0;
  for (let round = 0; round < ROUNDS; round++) {
    answered += (await harness.ask(probeCommand(`big-${round}`, "big"))).output.length;
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  clearInterval(sampler);
  process.stdout.write(`${JSON.stringify({ grownBytes: peak - before, answered: answered / ROUNDS })}\n`);
}
