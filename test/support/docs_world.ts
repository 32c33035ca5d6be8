import { mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { type DocsExample, type ExampleMark, showsOutput } from "./docs_example.ts";
import { findTool } from "../../sandbox/find_tool.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { renderKubeconfig } from "./kubeconfig.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { createTempDir } from "../../sandbox/temp_dir.ts";
import { writeProgram } from "../../sandbox/write_program.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The name of the cluster that the documentation's examples send commands to. */
const CLUSTER = "prod-us-west-2";
const START_LIMIT_MS = 30_000;
const OUTPUT_LIMIT_MS = 30_000;

/** What stands around a reader who types the documentation's examples: `agent` on the path, a cluster, a bus, an agent. */
export interface DocsWorld extends AsyncDisposable {
  /** Runs one example in the folder of its page. Rejects with what was typed and what came out when it fails. */
  run(example: DocsExample): Promise<void>;
}

export interface DocsWorldOptions {
  /** Files in every page's folder, by name; a page's own stand over the others'. */
  readonly files: (page: string) => ReadonlyMap<string, string>;
  /** The folder of kubectl. */
  readonly kubectlFolder: string | null;
}

/** Starts a nats-server with JetStream, a sandbox API server and an agent, all real processes but the API server. */
export async function startDocsWorld(options: DocsWorldOptions): Promise<DocsWorld> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNatsServer({ jetstream: true }));
  const api = stack.use(await startSandboxApi());
  const folder = stack.use(await createTempDir("docs"));
  api.store.put("nodes", { kind: "Node", apiVersion: "v1", metadata: { name: "node-1" } });
  api.putEvent({
    metadata: { name: "web-1.failed", namespace: "default" },
    involvedObject: { kind: "Pod", namespace: "default", name: "web-1", uid: "uid-of-web-1", apiVersion: "v1" },
    type: "Warning",
    reason: "Failed",
    message: "Error: ErrImagePull",
    count: 1,
    lastTimestamp: new Date().toISOString(),
  });
  for (const name of [".kube", ".zfunc", ".config/fish/completions"]) {
    await mkdir(folder.file("home", name), { recursive: true });
  }
  for (const name of ["bin", "etc", "var"]) await mkdir(folder.file(name));
  await writeFile(
    folder.file("home", ".kube", "config"),
    renderKubeconfig({ server: api.url, ca: api.ca, token: api.token() }),
  );
  await writeFile(
    folder.file("etc", "config.yaml"),
    `central_endpoint: ${nats.url}\nhealth_port: 0\ncommands: { audit: { file: ${
      folder.file("var", "audit.log")
    } } }\n`,
  );
  await writeProgram(
    folder.file("bin", "agent"),
    `#!/bin/sh\nexec "${process.execPath}" run -A "${ROOT}/cli/main.ts" "$@"\n`,
  );
  // The tests run on the Deno that the pages fetch; what is fetched is npm's business.
  await writeProgram(
    folder.file("bin", "npx"),
    `#!/bin/sh\n[ "$1 $2" = "--yes deno@2.9.6" ] || exit 64\nshift 2\ncd "${ROOT}"\nexec "${process.execPath}" "$@"\n`,
  );
  const path = [folder.file("bin"), ...(options.kubectlFolder === null ? [] : [options.kubectlFolder])];
  const env = {
    PATH: [...path, process.env.PATH ?? ""].join(delimiter),
    HOME: folder.file("home"),
    // Deno keeps what it has compiled below the home of whoever runs the tests.
    DENO_DIR: process.env.DENO_DIR ?? `${process.env.HOME ?? ""}/.cache/deno`,
    // The reader's home has no cache: the demo would build it anew.
    NATS_SERVER: await findTool("nats-server"),
    CENTRAL_ENDPOINT: nats.url,
    NO_COLOR: "1",
  };
  const agent = stack.use(
    await startChild({
      command: folder.file("bin", "agent"),
      args: ["run", "--config", folder.file("etc", "config.yaml")],
      env: { ...env, CLUSTER_ID: CLUSTER },
      logFile: folder.file("agent.log"),
    }),
  );
  const places: readonly (readonly [written: string, here: string])[] = [
    ["nats://127.0.0.1:4222", nats.url],
    ["/etc/agent/config.yaml", folder.file("etc", "config.yaml")],
    ["/var/lib/agent/audit.log", folder.file("var", "audit.log")],
  ];
  const here = (text: string) => places.reduce((moved, [written, place]) => moved.replaceAll(written, place), text);
  const bash = (cwd: string, command: string) => ({
    command: "bash",
    args: ["-euo", "pipefail", "-c", here(command)],
    cwd,
    env,
  });
  const folders = new Map<string, Promise<string>>();
  let logs = 0;

  async function openFolder(page: string): Promise<string> {
    const path = folder.file("pages", page.replaceAll("/", "-"));
    await mkdir(path, { recursive: true });
    for (const name of ["deploy", "docs"]) await symlink(`${ROOT}/${name}`, `${path}/${name}`);
    for (const [name, text] of options.files(page)) await writeFile(`${path}/${name}`, here(text));
    return path;
  }

  async function runStep(
    cwd: string,
    command: string,
    mark: Exclude<ExampleMark, { kind: "not run" }>,
  ): Promise<string> {
    await using child = await startChild({
      ...bash(cwd, command),
      logFile: folder.file(`step-${logs++}.log`),
      group: true,
    });
    if (mark.kind === "until") await showing(child, mark.text);
    const { code, signal } = await child.exited;
    const output = await child.log();
    const ended = code ?? signal;
    // An interrupted program ends in order; a shell around it may say that it was interrupted.
    const wanted = mark.kind === "until" ? [0, 130, "SIGINT"] : [mark.exitCode];
    if (!wanted.some((end) => end === ended)) {
      throw new Error(`${command}\nended with ${ended}, not ${wanted.join(", ")}:\n${output}`);
    }
    return output;
  }

  // A first command: the audit log exists once there is something to tell.
  await eventually("the agent answers", async () => {
    await runStep(folder.path, `agent exec ${CLUSTER} -- uname -a`, { kind: "run", exitCode: 0 });
    return true;
  }, START_LIMIT_MS).catch(async (error) => {
    throw new Error(`The agent of the examples does not answer: ${await agent.log()}`, { cause: error });
  });
  const all = stack.move();
  return {
    async run({ page, mark, steps }) {
      if (mark.kind === "not run") throw new Error(`It is marked as not run: ${mark.reason}`);
      const cwd = await (folders.get(page) ?? folders.set(page, openFolder(page)).get(page) ?? folder.path);
      for (const { command, output } of steps) {
        const printed = await runStep(cwd, command, mark);
        if (output !== null && !showsOutput(output, printed)) {
          throw new Error(`${command}\nprints:\n${printed}\nand the page says:\n${output}`);
        }
      }
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Waits until the output of `child` holds `text`, then interrupts it as Ctrl-C does. */
async function showing(child: Child, text: string): Promise<void> {
  await eventually(`the output holds "${text}"`, async () => {
    if ((await child.log()).includes(text)) return true;
    if (!child.running()) throw new Error(`it ended: ${await child.log()}`);
    return false;
  }, OUTPUT_LIMIT_MS);
  child.signal("SIGINT");
}
