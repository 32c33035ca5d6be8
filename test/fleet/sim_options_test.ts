import assert from "node:assert/strict";
import { parseSimOptions } from "./sim_options.ts";

Deno.test("fleet:sim: defaults play everything for a thousand clusters with TLS", () => {
  const options = parseSimOptions([]);
  assert.ok(typeof options !== "string");
  assert.deepEqual([options.clusters, options.heartbeatMs, options.tls, options.runs], [1_000, 30_000, true, 5]);
  assert.ok(options.scenarios.length > 8);
});

Deno.test("fleet:sim: one scenario is played after the agents are up", () => {
  const options = parseSimOptions(["--clusters", "5000", "--plain", "--scenario", "NATS killed"]);
  assert.ok(typeof options !== "string");
  assert.deepEqual([options.clusters, options.tls, options.scenarios], [5_000, false, ["cold start", "NATS killed"]]);
});

for (
  const [args, message] of [
    [["--clusters", "3"], /--clusters must be/],
    [["--clusters", "1e9"], /--clusters must be/],
    [["--minutes", "0"], /--minutes must be/],
    [["--heartbeat", "x"], /--heartbeat must be/],
    [["--runs", "1.5"], /--runs must be/],
    [["--scenario", "earthquake"], /there is no earthquake; there are cold start/],
    [["--cluster", "5"], /Unknown option/],
  ] as const
) {
  Deno.test(`fleet:sim: ${args.join(" ")} is refused in words`, () => {
    const options = parseSimOptions(args);
    assert.ok(typeof options === "string");
    assert.match(options, message);
  });
}
