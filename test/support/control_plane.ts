import { generateKeyPairSync, randomBytes } from "node:crypto";
import { cp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { createTestCa } from "../../sandbox/certificates.ts";
import { type Child, startChild } from "../../sandbox/child_process.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { findPresentTool, findTool } from "../../sandbox/find_tool.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { freePort } from "./free_port.ts";
import { type JsonResponse, requestJson } from "./https_json.ts";
import { inClusterEnv, renderKubeconfig, writeServiceAccountDir } from "./kubeconfig.ts";
import { runToolOrFail } from "../../sandbox/run_tool.ts";
import { createTempDir, type TempDir } from "../../sandbox/temp_dir.ts";
import type { ToolName } from "../../sandbox/tool_table.ts";

export interface ControlPlaneOptions {
  /** kube-controller-manager and kube-scheduler too: deployments make pods. */
  readonly controllers?: boolean;
  /** Simulated nodes (kwok) that make pods run; implies the controllers. */
  readonly nodes?: number;
  /** More arguments of kube-apiserver: `--event-ttl=30s`. */
  readonly apiServerArgs?: readonly string[];
  /** More arguments of kube-controller-manager. */
  readonly controllerArgs?: readonly string[];
  /** When the API server's certificate ends. Default: in 60 days. */
  readonly certificateEnds?: Date;
}

/** A real etcd and kube-apiserver (RBAC on) on loopback, thrown away with everything in it when the scope ends. */
export interface ControlPlane extends AsyncDisposable {
  /** `https://127.0.0.1:<port>`; the same over restarts. */
  readonly url: string;
  readonly ca: string;
  readonly adminToken: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Runs kubectl as administrator; returns its output, rejects with its words. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** One exchange with the API server as administrator. */
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<JsonResponse>;
  /** A token of the service account by the TokenRequest API; the account is made if it is missing. */
  createServiceAccountToken(namespace: string, name: string, seconds?: number): Promise<string>;
  /** Writes a pod's service account folder and returns the environment of a program that runs "in" that pod. */
  enterPod(namespace: string, serviceAccount: string): Promise<Record<string, string>>;
  killApiServer(): Promise<void>;
  /** After `killApiServer`; resolves when the API server is ready again on the same port. */
  startApiServer(): Promise<void>;
  /** Gives the API server a certificate that is good for 60 days; it serves it once it has started again. */
  renewCertificate(): Promise<void>;
  /** Keeps what etcd holds now; everything is stopped for a moment. */
  backUp(): Promise<void>;
  /** Goes back to the backup, versions included, as an operator does after a disaster. */
  restore(): Promise<void>;
  log(program: ToolName): Promise<string>;
}

/** What `startControlPlane` runs at the least. */
const NEEDED: readonly ToolName[] = ["etcd", "kube-apiserver", "kubectl"];
const START_LIMIT_MS = 90_000;
const tokenSchema = z.object({ status: z.object({ token: z.string() }) });

/** The programs of `NEEDED` that are not on this machine; empty when a control plane can be started at once. */
export async function missingControlPlaneTools(options: ControlPlaneOptions = {}): Promise<readonly ToolName[]> {
  const found = await Promise.all(toolsFor(options).map(async (name) => ({ name, path: await findPresentTool(name) })));
  return found.filter(({ path }) => path === null).map(({ name }) => name);
}

/** Starts the control plane and resolves when the API server is ready. Builds missing programs, once. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const dir = await createTempDir("kube");
  const children: Child[] = [];
  const dispose = async () => {
    for (const child of children.reverse()) await child.stop();
    await dir[Symbol.asyncDispose]();
  };
  try {
    return await assemble(options, dir, children, dispose);
  } catch (error) {
    await dispose();
    throw error;
  }
}

function toolsFor(options: ControlPlaneOptions): readonly ToolName[] {
  const nodes = (options.nodes ?? 0) > 0;
  return [
    ...NEEDED,
    ...(options.controllers || nodes ? ["kube-controller-manager", "kube-scheduler"] as const : []),
    ...(nodes ? ["kwok"] as const : []),
  ];
}

async function assemble(
  options: ControlPlaneOptions,
  dir: TempDir,
  children: Child[],
  dispose: () => Promise<void>,
): Promise<ControlPlane> {
  const programs = new Map<ToolName, string>();
  for (const name of toolsFor(options)) programs.set(name, await findTool(name));
  const program = (name: ToolName) => programs.get(name) ?? name;
  const start = async (name: ToolName, args: readonly string[]) => {
    const child = await startChild({ command: program(name), args, logFile: dir.file(`${name}.log`) });
    children.push(child);
    return child;
  };

  const { etcdUrl, etcdArgs } = await planEtcd(dir);
  let etcd = await start("etcd", etcdArgs);
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const ca = createTestCa();
  const adminToken = randomBytes(16).toString("hex");
  const kubeconfig = dir.file("kubeconfig");
  await writeFile(kubeconfig, renderKubeconfig({ server: url, ca: ca.cert, token: adminToken }), { mode: 0o600 });
  const apiServerArgs = await prepareApiServer(dir, {
    etcdUrl,
    port,
    adminToken,
    pair: ca.issue({ commonName: "kube-apiserver", ...compact({ notAfter: options.certificateEnds }) }),
  });
  const request: ControlPlane["request"] = (method, path, body, headers) =>
    requestJson(url + path, {
      method,
      ca: ca.cert,
      token: adminToken,
      ...compact({ body, headers }),
    });
  const kubectl: ControlPlane["kubectl"] = (args, stdin) =>
    runToolOrFail(program("kubectl"), ["--kubeconfig", kubeconfig, ...args], compact({ stdin }));

  let apiServer: Child;
  const startApiServer = async () => {
    apiServer = await start("kube-apiserver", [...apiServerArgs, ...options.apiServerArgs ?? []]);
    await eventually("kube-apiserver is ready", async () => {
      if (!apiServer.running()) throw new Error(`kube-apiserver ended:\n${(await apiServer.log()).slice(-2000)}`);
      const ready = await request("GET", "/readyz");
      return ready.status === 200 && (await request("GET", "/api/v1/namespaces/default")).status === 200;
    }, START_LIMIT_MS);
  };
  await startApiServer();
  if (toolsFor(options).includes("kube-scheduler")) {
    await startControllers(start, dir, kubeconfig, request, options.controllerArgs ?? []);
  }
  if ((options.nodes ?? 0) > 0) await startNodes(start, kubectl, kubeconfig, program("kwok"), options.nodes ?? 0);

  const whileStopped = async (act: () => Promise<void>) => {
    await apiServer.kill(); // its orderly end takes as long as its watches
    await etcd.stop();
    await act();
    etcd = await start("etcd", etcdArgs);
    await startApiServer();
  };

  const createServiceAccountToken = async (namespace: string, name: string, seconds = 3600) => {
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await request("POST", accounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } });
    const answer = await request("POST", `${accounts}/${name}/token`, {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: seconds },
    });
    return tokenSchema.parse(answer.json).status.token;
  };
  return {
    url,
    ca: ca.cert,
    adminToken,
    kubeconfig,
    kubectl,
    request,
    createServiceAccountToken,
    enterPod: async (namespace, serviceAccount) => {
      const token = await createServiceAccountToken(namespace, serviceAccount);
      const folder = dir.file("pods", namespace, serviceAccount);
      return inClusterEnv(url, await writeServiceAccountDir(folder, { token, ca: ca.cert, namespace }));
    },
    killApiServer: async () => void (await apiServer.kill()),
    startApiServer,
    renewCertificate: async () => {
      const { cert, key } = ca.issue({ commonName: "kube-apiserver" });
      await writeFile(dir.file("server.crt"), cert, { mode: 0o600 });
      await writeFile(dir.file("server.key"), key, { mode: 0o600 });
    },
    backUp: () => whileStopped(() => cp(dir.file("etcd"), dir.file("etcd-backup"), { recursive: true })),
    restore: () =>
      whileStopped(async () => {
        await rm(dir.file("etcd"), { recursive: true });
        await cp(dir.file("etcd-backup"), dir.file("etcd"), { recursive: true });
      }),
    log: async (name) => (await children.findLast((child) => child.name === name)?.log()) ?? "",
    [Symbol.asyncDispose]: dispose,
  };
}

type Start = (name: ToolName, args: readonly string[]) => Promise<Child>;

async function planEtcd(dir: TempDir): Promise<{ etcdUrl: string; etcdArgs: readonly string[] }> {
  const client = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const etcdArgs = [
    ...["--data-dir", dir.file("etcd"), "--listen-client-urls", client, "--advertise-client-urls", client],
    ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `default=${peer}`],
    "--unsafe-no-fsync", // The data is thrown away; waiting for the disk only makes tests slow.
  ];
  return { etcdUrl: client, etcdArgs };
}

async function prepareApiServer(
  dir: TempDir,
  facts: { etcdUrl: string; port: number; adminToken: string; pair: { cert: string; key: string } },
): Promise<readonly string[]> {
  const files: Record<string, string> = {
    "tokens.csv": `${facts.adminToken},admin,admin,system:masters\n`,
    "server.crt": facts.pair.cert,
    "server.key": facts.pair.key,
    "sa.key": generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    }).privateKey,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(dir.file(name), text, { mode: 0o600 });
  return [
    ...["--etcd-servers", facts.etcdUrl, "--secure-port", `${facts.port}`, "--bind-address", "127.0.0.1"],
    ...["--cert-dir", dir.file("certs"), "--tls-cert-file", dir.file("server.crt")],
    ...["--tls-private-key-file", dir.file("server.key"), "--token-auth-file", dir.file("tokens.csv")],
    ...["--authorization-mode", "Node,RBAC", "--service-cluster-ip-range", "10.0.0.0/24", "--allow-privileged=true"],
    ...["--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", dir.file("sa.key")],
    ...["--service-account-signing-key-file", dir.file("sa.key"), "--disable-admission-plugins=ServiceAccount"],
  ];
}

async function startControllers(
  start: Start,
  dir: TempDir,
  kubeconfig: string,
  request: ControlPlane["request"],
  more: readonly string[],
): Promise<void> {
  const common = ["--kubeconfig", kubeconfig, "--leader-elect=false", "--secure-port", "0"];
  const fast = ["--kube-api-qps", "200", "--kube-api-burst", "400"];
  const key = ["--service-account-private-key-file", dir.file("sa.key")];
  await start("kube-controller-manager", [...common, ...fast, ...key, ...more]);
  await start("kube-scheduler", [...common, ...fast]);
  await eventually(
    "the controllers make service accounts",
    async () => (await request("GET", "/api/v1/namespaces/default/serviceaccounts/default")).status === 200,
    START_LIMIT_MS,
  );
}

async function startNodes(
  start: Start,
  kubectl: ControlPlane["kubectl"],
  kubeconfig: string,
  kwok: string,
  count: number,
): Promise<void> {
  const stages = join(dirname(kwok), "kwok-stages.yaml");
  await start("kwok", [
    ...["--kubeconfig", kubeconfig, "--manage-all-nodes=false", "--config", stages],
    ...["--manage-nodes-with-annotation-selector", "kwok.x-k8s.io/node=fake"],
    ...["--node-lease-duration-seconds", "40"],
  ]);
  const size = { cpu: "32", memory: "256Gi", pods: "110", "ephemeral-storage": "100Gi" };
  const items = Array.from({ length: count }, (_, index) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: `node-${index + 1}`,
      labels: {
        "kubernetes.io/hostname": `node-${index + 1}`,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": "local",
      },
      annotations: { "kwok.x-k8s.io/node": "fake" },
    },
    status: { allocatable: size, capacity: size },
  }));
  await kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}
