import assert from "node:assert/strict";
import { parseConfig } from "../../test/support/parse_config.ts";
import { sendsLogs } from "./sends_logs.ts";

const ROWS: readonly { readonly given: string; readonly sends: boolean }[] = [
  { given: "", sends: true },
  { given: "enable_commands: false", sends: false },
  { given: "commands: {allowed: {kubectl: [get, logs]}}", sends: true },
  { given: 'commands: {allowed: {kubectl: ["*"]}}', sends: true },
  { given: "commands: {allowed: {kubectl: [get]}}", sends: false },
  { given: "commands: {allowed: {dig: []}}", sends: false },
  { given: "evidence: {logs: off}", sends: false },
  { given: "enable_commands: false\nevidence: {logs: on}", sends: true },
];

for (const { given, sends } of ROWS) {
  Deno.test(`logs in evidence: ${sends ? "sent" : "kept"} with ${given.replace("\n", ", ") || "the defaults"}`, async () => {
    assert.equal(sendsLogs(await parseConfig(`cluster_id: x\ncentral_endpoint: nats://n:4222\n${given}`)), sends);
  });
}
