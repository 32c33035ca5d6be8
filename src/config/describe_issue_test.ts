import assert from "node:assert/strict";
import { formatProblem } from "./config_problem.ts";
import { loadConfig } from "./load_config.ts";

Deno.test("one wrong address of an option is shown as it was given", async () => {
  const loaded = await loadConfig({
    env: {},
    flags: [{ path: ["central_endpoint"], value: ["http://u:pw@h:80"], origin: { kind: "flag", flag: "--nats" } }],
  });
  assert.ok(loaded.kind === "invalid");
  assert.match(loaded.problems.map(formatProblem).join("\n"), /; the address is none of these; found "http:.*h:80"$/);
});
