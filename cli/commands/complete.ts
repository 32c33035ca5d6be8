import { Argument, Command } from "@commander-js/extra-typings";
import { COMPLETED_KINDS } from "../shell.ts";
import type { CliContext } from "../cli_context.ts";

/** `agent __complete`: what completion scripts ask for while somebody types; not for people, so no help lists it. */
export function createCompleteCommand(context: CliContext) {
  return new Command("__complete")
    .addArgument(new Argument("<kind>", "what is completed").choices(COMPLETED_KINDS))
    .argument("[words...]", "the words typed so far")
    .action(async (kind, words) => {
      const { completeWords } = await import("../action/complete_words.ts");
      for (const word of await completeWords(context, kind, words)) context.stdout.write(`${word}\n`);
    });
}
