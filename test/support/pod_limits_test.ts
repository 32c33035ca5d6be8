import assert from "node:assert/strict";
import { runTool } from "../../sandbox/run_tool.ts";
import { createPodLimits } from "./pod_limits.ts";

Deno.test("pod limits: the kernel ends what takes more memory, and counts it; without a cgroup nothing is promised", async () => {
  await using limits = await createPodLimits({ memoryBytes: 32 * 1024 * 1024, cpuMillis: 500 });
  // tail keeps a line until its end, which never comes.
  const { command, args } = limits.wrap("/bin/sh", ["-c", "head -c 100000000 /dev/zero | tail >/dev/null"]);
  const { code } = await runTool(command, args);
  const killed = limits.kind !== "watched";
  assert.deepEqual([code !== 0, await limits.kills() > 0], [killed, killed]);
});
