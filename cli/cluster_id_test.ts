import assert from "node:assert/strict";
import { runProgramUnderTest } from "../test/support/program_under_test.ts";

const COMMANDS: Readonly<Record<string, (id: string) => readonly string[]>> = {
  "send-event": (id) => ["send-event", "--cluster", id],
  tail: (id) => ["tail", "--cluster", id],
  exec: (id) => ["exec", id, "--", "kubectl", "get", "pods"],
};

const IDS: readonly { readonly id: string; readonly remedy: RegExp; readonly only?: string }[] = [
  { id: "a b.*", remedy: /calls itself a-b-[0-9a-f]{8}: give that/ },
  // A name of a cluster may look like this.
  { id: "a.b", remedy: /calls itself a-b-[0-9a-f]{8}: give that/, only: "send-event" },
  { id: ">", remedy: /calls itself x-[0-9a-f]{8}: give that/ },
  { id: "*", remedy: /calls itself x-[0-9a-f]{8}: give that/ },
  { id: "", remedy: /give the one that agent detect-cluster prints/ },
  { id: " ", remedy: /give the one that agent detect-cluster prints/ },
];

for (const [name, args] of Object.entries(COMMANDS)) {
  for (const { id, remedy } of IDS.filter(({ only }) => only === undefined || only === name)) {
    Deno.test(`agent ${name} refuses the cluster id ${JSON.stringify(id)} as bad usage`, async () => {
      const run = await runProgramUnderTest(args(id), { env: { CENTRAL_ENDPOINT: "nats://127.0.0.1:1" } });
      assert.equal(run.exitCode, 2, run.stderr);
      assert.match(run.stderr, /is invalid.*A cluster id is 1 to 63 of A-Z, a-z, 0-9, _ and -;/);
      assert.match(run.stderr, remedy);
    });
  }
}
