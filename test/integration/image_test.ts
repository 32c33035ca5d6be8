import assert from "node:assert/strict";
import { access, chmod, constants, readdir, readFile, stat, writeFile } from "node:fs/promises";
import process from "node:process";
import { runTool, runToolOrFail } from "../../sandbox/run_tool.ts";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";

const COLLECT = new URL("../../deploy/image/collect_tools.sh", import.meta.url).pathname;
/** Programs of the image that a development machine has as well, and what shows that they work. */
const TOOLS: readonly { name: string; args: readonly string[]; want: RegExp }[] = [
  { name: "whoami", args: [], want: /^nobody$/m },
  { name: "uname", args: ["-s"], want: /^Linux$/m },
  { name: "df", args: ["--version"], want: /coreutils/ },
  { name: "uptime", args: ["--version"], want: /procps/ },
];
const SHELLS = ["sh", "bash", "dash", "busybox"];

const isRoot = process.getuid?.() === 0;
const onMachine = await Promise.all(TOOLS.map(({ name }) => isExecutable(`/usr/bin/${name}`)));
const ignore = !isRoot || onMachine.includes(false) || !(await isExecutable("/usr/bin/ldd"));
if (ignore) process.stderr.write("SKIPPED: the image's root; needs root (chroot), ldd, coreutils and procps\n");

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(() => true, () => false);
}

async function collect(folder: TempDir): Promise<string> {
  const root = folder.file("root");
  await runToolOrFail(COLLECT, [root, ...TOOLS.map(({ name }) => name)]);
  for (const path of [folder.path, root]) await chmod(path, 0o755);
  return root;
}

for (const { name, args, want } of TOOLS) {
  Deno.test({
    name: `image: ${name} works as 65534 in the collected root`,
    ignore,
    async fn() {
      await using folder = await createTempDir("image");
      const root = await collect(folder);
      const run = await runTool("chroot", ["--userspec=65534:65534", root, `/usr/bin/${name}`, ...args]);
      assert.deepEqual([run.code, run.stderr], [0, ""]);
      assert.match(run.stdout, want);
    },
  });
}

Deno.test({
  name: "image: the collected root holds no shell, and only the agent's folder belongs to 65534",
  ignore,
  async fn() {
    await using folder = await createTempDir("image");
    const root = await collect(folder);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    assert.ok(entries.length > 20);
    assert.deepEqual(entries.filter(({ name }) => SHELLS.includes(name)), []);
    const owners = await Promise.all(entries.map(async ({ parentPath, name }) => {
      const path = `${parentPath}/${name}`;
      return (await stat(path)).uid === 0 ? [] : [path.slice(root.length)];
    }));
    assert.deepEqual(owners.flat(), ["/var/lib/agent"]);
  },
});

Deno.test({
  name: "image: a tool that is not there is named, not left out",
  ignore,
  async fn() {
    await using folder = await createTempDir("image");
    const run = await runTool(COLLECT, [folder.file("root"), "no-such-tool"]);
    assert.equal(run.code, 1);
    assert.match(run.stderr, /no-such-tool is not on this machine/);
  },
});

Deno.test({
  name: "image: a tool whose library is not there is named, not copied to fail later",
  ignore,
  async fn() {
    await using folder = await createTempDir("image");
    const program = await readFile("/usr/bin/whoami", "latin1");
    assert.ok(program.includes("libc.so.6"));
    await writeFile(folder.file("lame"), program.replaceAll("libc.so.6", "libz.so.x"), {
      encoding: "latin1",
      mode: 0o755,
    });
    const env = { PATH: `${folder.path}:${process.env.PATH}` };
    const run = await runTool(COLLECT, [folder.file("root"), "lame"], { env });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /lame would not start, for want of:\n.*libz\.so\.x => not found/);
  },
});
