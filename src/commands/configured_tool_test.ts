import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decideLine, outcome, policyForTest } from "../../test/support/decide_request.ts";
import { inspectToolFiles } from "./inspect_tool_files.ts";
import { configuredToolSchema, configuredToolsSchema } from "./tool_schema.ts";

const MESHCTL = {
  name: "meshctl",
  path: "/usr/local/bin/meshctl",
  flags: [{ name: "--namespace", short: "-n", type: "kubernetes_name" }],
  verbs: [
    {
      name: "status",
      flags: [
        { name: "--limit", type: "int", min: 1, max: 50 },
        { name: "--format", type: "enum", values: ["json", "table"] },
        { name: "--since", type: "duration", max: "1h" },
        { name: "--selector", short: "-l", type: "selector" },
        { name: "--verbose", short: "-v", type: "switch" },
      ],
      arguments: [{ name: "proxy", type: "kubernetes_name", optional: true }],
    },
    { name: "probe", arguments: [{ name: "target", type: "host" }], flags: [{ name: "--via", type: "host" }] },
  ],
  timeout: "10s",
  output_limit: 4096,
};
const LOGCUT = {
  name: "logcut",
  path: "/opt/bin/logcut",
  value_style: "separate",
  flags: [{ name: "--lines", type: "int", min: 1, max: 100, required: true }],
  arguments: [{ name: "file", type: "path", below: "/var/log/app" }],
};
const POLICY = policyForTest({ tools: configuredToolsSchema.parse([MESHCTL, LOGCUT]) });

for (
  const [line, want] of [
    ["meshctl status", "allowed: meshctl status"],
    ["meshctl status web-1 -n prod", "allowed: meshctl status -n prod web-1"],
    ["meshctl status --limit=5 --format json", "allowed: meshctl status --limit=5 --format=json"],
    ["meshctl status --since 30m -v", "allowed: meshctl status --since=30m -v"],
    ["meshctl status -vl app=web", "allowed: meshctl status -v -l app=web"],
    ["meshctl probe web", "allowed: meshctl probe 10.96.3.4"],
    ["meshctl probe --via web.default.svc 10.0.0.7", "allowed: meshctl probe --via=10.96.3.4 10.0.0.7"],
    ["meshctl probe 169.254.169.254", "metadata_address"],
    ["meshctl probe meta.evil.example", "metadata_address"],
    ["meshctl probe --via localhost web", "loopback_address"],
    ["meshctl probe kubernetes.default.svc", "api_server_address"],
    ["meshctl probe http://web/", "invalid_argument"],
    ["meshctl probe", "missing_argument"],
    ["meshctl status a b", "unexpected_argument"],
    ["meshctl status --limit=51", "invalid_value"],
    ["meshctl status --format=xml", "invalid_value"],
    ["meshctl status --since=2h", "invalid_value"],
    ["meshctl status --verbose=true", "invalid_value"],
    ["meshctl status --lim=5", "unknown_flag"],
    ["meshctl status --kubeconfig=/tmp/k", "unknown_flag"],
    ["meshctl status -x", "unknown_flag"],
    ["meshctl -n prod status", "unknown_verb"],
    ["meshctl delete", "unknown_verb"],
    ["meshctl", "unknown_verb"],
    ["meshctl status -- x", "end_of_options"],
    ["/usr/local/bin/meshctl status", "unknown_tool"],
    ["logcut --lines 5 /var/log/app/a.log", "allowed: logcut --lines 5 /var/log/app/a.log"],
    ["logcut /var/log/app/sub/a.log --lines=5", "allowed: logcut --lines 5 /var/log/app/sub/a.log"],
    ["logcut --lines 5 /var/log/app/missing", "allowed: logcut --lines 5 /var/log/app/missing"],
    ["logcut --lines 5 /var/log/app/link", "path_outside_folder"],
    ["logcut --lines 5 /var/log/app", "invalid_argument"],
    ["logcut --lines 5 /var/log/app/", "invalid_argument"],
    ["logcut --lines 5 /var/log/app/../auth.log", "invalid_argument"],
    ["logcut --lines 5 /var/log/application.log", "invalid_argument"],
    ["logcut --lines 5 /var/log/app//a", "invalid_argument"],
    ["logcut --lines 5 /etc/shadow", "invalid_argument"],
    ["logcut --lines 5 a.log", "invalid_argument"],
    ["logcut --lines 5", "missing_argument"],
    ["logcut /var/log/app/a.log", "missing_flag"],
    ["kubectl get pods", "allowed: kubectl get pods"],
  ] as const
) {
  Deno.test(`a configured tool answers ${line} with ${want}`, async () => {
    assert.equal(outcome(await decideLine(line, POLICY)), want);
  });
}

Deno.test("a configured tool brings its path, its shorter timeout and its output limit", async () => {
  const decision = await decideLine("meshctl status", POLICY);
  assert.ok(decision.kind === "allowed");
  const { path, timeoutMs, outputLimitBytes, verb } = decision.command;
  assert.deepEqual({ path, timeoutMs, outputLimitBytes, verb }, {
    path: "/usr/local/bin/meshctl",
    timeoutMs: 10_000,
    outputLimitBytes: 4096,
    verb: "status",
  });
});

const BARE = { name: "tool", path: "/opt/tool" };
const REFUSED_TOOLS: readonly { readonly name: string; readonly given: unknown; readonly at: string }[] = [
  { name: "a shell by name", given: { name: "bash", path: "/opt/x" }, at: "name" },
  { name: "a shell by path", given: { name: "tool", path: "/bin/sh" }, at: "path" },
  { name: "an interpreter with a version", given: { name: "tool", path: "/usr/bin/python3.12" }, at: "path" },
  { name: "an interpreter with a joined version", given: { name: "tool", path: "/usr/bin/lua5.4" }, at: "path" },
  { name: "a launcher", given: { name: "tool", path: "/usr/bin/env" }, at: "path" },
  { name: "a loader", given: { name: "tool", path: "/lib64/ld-linux-x86-64.so.2" }, at: "path" },
  { name: "busybox itself", given: { name: "tool", path: "/bin/busybox" }, at: "path" },
  { name: "a built-in name", given: { name: "kubectl", path: "/opt/kubectl" }, at: "name" },
  { name: "a relative path", given: { name: "tool", path: "bin/tool" }, at: "path" },
  { name: "a path with ..", given: { name: "tool", path: "/opt/../bin/tool" }, at: "path" },
  { name: "a name with a slash", given: { name: "a/b", path: "/opt/tool" }, at: "name" },
  { name: "an unknown key", given: { ...BARE, shell: true }, at: "" },
  { name: "an unknown kind of value", given: { ...BARE, flags: [{ name: "--x", type: "any" }] }, at: "flags.0.type" },
  { name: "a flag without dashes", given: { ...BARE, flags: [{ name: "x", type: "switch" }] }, at: "flags.0.name" },
  { name: "a range upside down", given: { ...BARE, flags: [{ name: "--x", type: "int", min: 5, max: 1 }] }, at: "" },
  {
    name: "an enum word that looks like a flag",
    given: { ...BARE, flags: [{ name: "--x", type: "enum", values: ["-rf"] }] },
    at: "flags.0.values.0",
  },
  {
    name: "a flag twice",
    given: { ...BARE, flags: [{ name: "--x", short: "-x", type: "switch" }, { name: "-x", type: "switch" }] },
    at: "flags",
  },
  { name: "a verb twice", given: { ...BARE, verbs: [{ name: "a" }, { name: "a" }] }, at: "verbs" },
  {
    name: "arguments beside verbs",
    given: { ...BARE, arguments: [{ name: "h", type: "host" }], verbs: [{ name: "a" }] },
    at: "arguments",
  },
  {
    name: "a needed argument after an optional one",
    given: { ...BARE, arguments: [{ name: "a", type: "host", optional: true }, { name: "b", type: "host" }] },
    at: "arguments.1",
  },
  { name: "a timeout of a day", given: { ...BARE, timeout: "24h" }, at: "timeout" },
];

for (const { name, given, at } of REFUSED_TOOLS) {
  Deno.test(`the configuration refuses a tool with ${name}`, () => {
    const parsed = configuredToolSchema.safeParse(given);
    assert.equal(parsed.success, false);
    assert.ok(parsed.error?.issues.some(({ path }) => path.join(".") === at), JSON.stringify(parsed.error?.issues));
  });
}

Deno.test("tools of the configuration are looked at on the disk: shells behind links, modes, absence", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tools-"));
  try {
    await writeFile(join(folder, "good"), "x", { mode: 0o755 });
    await writeFile(join(folder, "plain"), "x", { mode: 0o644 });
    await writeFile(join(folder, "open"), "x");
    await chmod(join(folder, "open"), 0o777);
    await symlink("/bin/sh", join(folder, "shell"));
    await writeFile(join(folder, "busybox"), "x", { mode: 0o755 });
    await symlink(join(folder, "busybox"), join(folder, "applet"));
    const names = ["good", "plain", "open", "shell", "applet", "absent"];
    const problems = await inspectToolFiles(names.map((name) => ({ name, path: join(folder, name) })));
    assert.deepEqual(problems.map(({ tool }) => tool), ["plain", "open", "shell", "absent"]);
    assert.match(problems[2]?.message ?? "", /a shell, interpreter or launcher/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
