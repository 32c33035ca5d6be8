import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { CliContext } from "./cli_context.ts";

/** Makes one subcommand. It must be cheap: what the subcommand does is imported when it runs. */
export type CommandFactory = (context: CliContext) => CommandUnknownOpts;
