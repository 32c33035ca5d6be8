/**
 * Runs commands, one after the other, until somebody kills this process; prints the folder with the audit log and what the
 * tool counted. `deno run -A <this file>`.
 */
import process from "node:process";
import { probeCommand, startCommandHarness } from "./command_harness.ts";

const harness = await startCommandHarness({ auditFile: true });
process.stdout.write(`${harness.folder}\n`);
for (let number = 0;; number++) {
  await Promise.all([0, 1, 2].map((part) => harness.ask(probeCommand(`c${number}-${part}`, "count"))));
}
