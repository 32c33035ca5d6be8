import { Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";

/** `agent keygen`: a key pair that signs commands. */
export function createKeygenCommand(context: CliContext) {
  return new Command("keygen")
    .description("make a key that signs commands; prints the public key for commands.trusted_keys")
    .argument("<file>", "where the seed goes (mode 0600); must not exist")
    .action(async (file) => {
      const { runKeygen } = await import("../action/keygen.ts");
      await runKeygen(context, file);
    });
}
