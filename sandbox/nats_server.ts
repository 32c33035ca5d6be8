import { readFile, writeFile } from "node:fs/promises";
import * as z from "zod/mini";
import { type Child, startChild } from "./child_process.ts";
import { eventually } from "./eventually.ts";
import { findTool } from "./find_tool.ts";
import { createTempDir, type TempDir } from "./temp_dir.ts";

export interface NatsServerOptions {
  /** JetStream with its store in a temporary folder; `maxFileBytes` makes the "disk" small. */
  readonly jetstream?: boolean | { readonly maxFileBytes: number };
  /** TLS for clients; `ca` with `verify` makes the server ask for a client certificate. All PEM. */
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    readonly ca?: string;
    readonly verify?: boolean;
    /** How long a handshake may take; the server's default is 2 s. */
    readonly timeoutSeconds?: number;
  };
  /** TLS comes before the greeting. */
  readonly tlsFirst?: boolean;
  /** More of nats-server's own configuration: `max_payload: 1024`, `authorization {...}`, `accounts {...}`. */
  readonly config?: string;
  /** Path of the program; found by `findTool` if absent. */
  readonly program?: string;
  /** In a group of its own: Ctrl-C on the terminal ends whoever uses it first. */
  readonly group?: boolean;
}

/** A real nats-server on loopback with a temporary store. Leaving the scope stops it and removes what it wrote. */
export interface NatsServer extends AsyncDisposable {
  /** `nats://` or `tls://` with the port that stays the same over restarts. */
  readonly url: string;
  readonly port: number;
  pid(): number;
  running(): boolean;
  /** SIGTERM, then SIGKILL; the store stays. */
  stop(): Promise<void>;
  /** SIGKILL; the store stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same store, after `stop` or `kill` (or ends it first). */
  restart(options?: Pick<NatsServerOptions, "config" | "tls">): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** What it logged. */
  log(): Promise<string>;
}

const START_LIMIT_MS = 20_000;
const portsSchema = z.object({ nats: z.array(z.string()).check(z.minLength(1)) });

/** Starts a nats-server on a random port and resolves when it takes connections. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const program = options.program ?? await findTool("nats-server");
  const dir = await createTempDir("nats");
  let current = options;
  try {
    let child = await start(program, dir, current, -1);
    const port = await readPort(dir, child);
    return {
      url: `${options.tls ? "tls" : "nats"}://127.0.0.1:${port}`,
      port,
      pid: () => child.pid,
      running: () => child.running(),
      stop: async () => void (await child.stop()),
      kill: async () => void (await child.kill()),
      restart: async (changed = {}) => {
        await child.stop();
        current = { ...current, ...changed };
        child = await start(program, dir, current, port);
        await readPort(dir, child);
      },
      pause: () => child.signal("SIGSTOP"),
      resume: () => child.signal("SIGCONT"),
      log: () => child.log(),
      [Symbol.asyncDispose]: async () => {
        child.signal("SIGCONT"); // A stopped process would not hear SIGTERM.
        await child.stop();
        await dir[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await dir[Symbol.asyncDispose]();
    throw error;
  }
}

async function start(program: string, dir: TempDir, options: NatsServerOptions, port: number): Promise<Child> {
  await writeFile(dir.file("nats.conf"), await renderConfig(dir, options, port));
  return await startChild({
    command: program,
    args: ["-c", dir.file("nats.conf")],
    logFile: dir.file("nats.log"),
    group: options.group ?? false,
  });
}

async function renderConfig(dir: TempDir, options: NatsServerOptions, port: number): Promise<string> {
  // The server writes the port it got into a file of this folder: no race for a free port, and a sign that it listens.
  const lines = [`listen: "127.0.0.1:${port}"`, `ports_file_dir: ${JSON.stringify(dir.path)}`];
  if (options.jetstream) {
    const limit = options.jetstream === true ? "" : `, max_file_store: ${options.jetstream.maxFileBytes}`;
    lines.push(`jetstream: {store_dir: ${JSON.stringify(dir.file("jetstream"))}${limit}}`);
  }
  if (options.tls) {
    const { cert, key, ca, verify, timeoutSeconds } = options.tls;
    await writeFile(dir.file("server.crt"), cert);
    await writeFile(dir.file("server.key"), key, { mode: 0o600 });
    const files = [
      `cert_file: ${JSON.stringify(dir.file("server.crt"))}`,
      `key_file: ${JSON.stringify(dir.file("server.key"))}`,
    ];
    if (ca !== undefined) {
      await writeFile(dir.file("ca.crt"), ca);
      files.push(`ca_file: ${JSON.stringify(dir.file("ca.crt"))}`);
    }
    if (timeoutSeconds !== undefined) files.push(`timeout: ${timeoutSeconds}`);
    lines.push(
      `tls: {${[...files, `verify: ${verify ?? false}`, `handshake_first: ${options.tlsFirst ?? false}`].join(", ")}}`,
    );
  }
  return [...lines, options.config ?? "", ""].join("\n");
}

async function readPort(dir: TempDir, child: Child): Promise<number> {
  const portsFile = dir.file(`nats-server_${child.pid}.ports`);
  const ports = await eventually("nats-server listens", async () => {
    if (!child.running()) return { failed: await child.log() };
    return portsSchema.parse(JSON.parse(await readFile(portsFile, "utf8")));
  }, START_LIMIT_MS);
  if ("failed" in ports) throw new Error(`nats-server did not start:\n${ports.failed}`);
  return Number(new URL(ports.nats[0] ?? "").port);
}
