import { Command } from "@commander-js/extra-typings";
import type { CliContext } from "../cli_context.ts";

/** `agent keygen`: a key pair that signs commands. */
export function createKeygenCommand(context: CliContext) {
  return new Command("keygen")
    .description("create a key that signs commands; print the public key for commands.trusted_keys")
    .argument("<file>", "the file for the seed (mode 0600); it must not exist")
    .action(async (file) => {
      const { runKeygen } = await import("../action/keygen.ts");
      await runKeygen(context, file);
    });
}
