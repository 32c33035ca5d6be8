import { Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";

/** `agent demo`: the whole thing on one machine, no cluster needed. */
export function createDemoCommand(context: CliContext) {
  return new Command("demo")
    .description("show the agent at work on this machine: a NATS server, a sandbox API server, a story of faults")
    .option("--once", "play the story once and exit (also if standard output is not a terminal)", false)
    .action(async (options) => {
      const { runDemo } = await import("../demo/run_demo.ts");
      await runDemo(context, options);
    });
}
