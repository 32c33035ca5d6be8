import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { createTestCa, type TestCa } from "../certificates.ts";
import { createTempDir } from "../temp_dir.ts";
import { type AccessRules, createAccessRules } from "./access_rules.ts";
import { ACCESS_REVIEW_PATH, answerAccessReview } from "./answer_access_review.ts";
import { answerDiscovery } from "./discovery.ts";
import { createFaultScript, type Fault, type FaultScript, type FaultVerb } from "./fault_script.ts";
import { createObjectStore, type ObjectInput, type ObjectStore, type StoredObject } from "./object_store.ts";
import { parseAccept, renderObject } from "./object_form.ts";
import { createPodLogs, type PodLogs } from "./pod_logs.ts";
import { parseRoute, type Route } from "./route.ts";
import { createLister } from "./serve_list.ts";
import { serveWatch } from "./serve_watch.ts";
import { answerWrite } from "./serve_write.ts";
import { type Answer, forbidden, noSuchPath, notFound, refuse, status } from "./status.ts";

export interface SandboxApiOptions {
  /** How often watches get bookmarks; `null` is never. Default 200 ms: a test does not wait a minute. */
  readonly bookmarkMs?: number | null;
  /** Whether metrics-server is installed: `metrics.k8s.io` is served. Default true. */
  readonly metricsApi?: boolean;
}

/** A small API server on loopback with TLS of its own: lists in pages, watches, and faults by script. */
export interface SandboxApi extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly store: ObjectStore;
  readonly faults: FaultScript;
  /** What containers have written: `GET …/pods/<name>/log`, counted and refused as `pods/log`. */
  readonly logs: PodLogs;
  /** 403 for a verb on a resource, in requests and in access reviews; the returned function lifts it. */
  readonly forbid: AccessRules["forbid"];
  readonly ca: string;
  token(): string;
  /** A service account's folder (token, ca.crt, namespace) that opens this server. */
  readonly serviceAccountDir: string;
  /** The environment that makes an agent believe it is in a pod of this cluster. */
  readonly env: Readonly<Record<string, string>>;
  /** Requests so far: `watch events`, `list events`. */
  requests(verb: FaultVerb, resource: string): number;
  putEvent(input: Omit<ObjectInput, "metadata"> & { readonly metadata: ObjectInput["metadata"] }): StoredObject;
  /** From now on only this token opens the server; the service account's file gets it when `file` says so. */
  rotateToken(token: string, options: { readonly file: boolean }): Promise<void>;
  /** Breaks every open connection. */
  cutConnections(): void;
}

/** One for all sandboxes of a process: tests start hundreds, and its keys are a third of a second of CPU time. */
let sandboxCa: TestCa | null = null;

/** Starts the server with the namespaces that every cluster has. */
export async function startSandboxApi(options: SandboxApiOptions = {}): Promise<SandboxApi> {
  const bookmarkMs = options.bookmarkMs === undefined ? 200 : options.bookmarkMs;
  const metricsApi = options.metricsApi ?? true;
  const store = createObjectStore();
  const list = createLister(store);
  const access = createAccessRules();
  const faults = createFaultScript();
  const logs = createPodLogs();
  const counts = new Map<string, number>();
  for (const name of ["default", "kube-public", "kube-system"]) {
    store.put("namespaces", { kind: "Namespace", apiVersion: "v1", metadata: { name }, status: { phase: "Active" } });
  }
  const ca = sandboxCa ??= createTestCa("sandbox authority");
  const dir = await createTempDir("sandbox-api");
  let token = "sandbox-token";
  await writeFile(dir.file("ca.crt"), ca.cert);
  await writeFile(dir.file("token"), token);
  await writeFile(dir.file("namespace"), "default");

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://sandbox");
    if (request.headers.authorization !== `Bearer ${token}`) {
      return send(request, response, { status: 401, body: status(401, "Unauthorized", "Unauthorized") });
    }
    const versionFault = url.pathname === "/version" ? faults.take("get", "version") : null;
    if (versionFault?.kind === "hang") return;
    if (versionFault?.kind === "status") return send(request, response, statusAnswer(versionFault));
    const discovered = answerDiscovery(url.pathname, metricsApi);
    if (discovered !== undefined) return send(request, response, { status: 200, body: discovered });
    if (url.pathname === ACCESS_REVIEW_PATH) {
      return send(request, response, answerAccessReview(access, await readJson(request)));
    }
    const route = parseRoute(url.pathname);
    const served = route?.known && (metricsApi || route.group !== "metrics.k8s.io");
    if (route === null || !served) return send(request, response, noSuchPath());
    const watching = ["true", "1"].includes(url.searchParams.get("watch") ?? "");
    const verb = verbOf(request, route, watching);
    const isLog = route.table === "pods" && route.subresource === "log";
    const counted = isLog ? "pods/log" : route.resource;
    counts.set(`${verb} ${counted}`, (counts.get(`${verb} ${counted}`) ?? 0) + 1);
    const paging = url.searchParams.has("continue");
    const fault = faults.take(
      verb,
      isLog ? counted : route.table,
      (planned) => planned.kind !== "expiredToken" || paging,
    );
    if (fault?.kind === "hang") return;
    if (fault?.kind === "status") return send(request, response, statusAnswer(fault));
    if (!access.allows(verb, counted)) {
      return send(request, response, forbidden(verb, { ...route, resource: counted }));
    }
    if (isLog && verb === "get") {
      const pod = store.get("pods", route.namespace ?? "", route.name ?? "");
      const log = logs.answer(pod, route, url.searchParams);
      return "text" in log ? sendText(request, response, log.text) : send(request, response, log);
    }
    const form = parseAccept(request.headers.accept ?? "");
    const query = url.searchParams;
    if (watching) return serveWatch(request, response, { store, route, query, fault, bookmarkMs, form });
    if (verb === "list") {
      const whole = list(route, query, form, fault);
      return fault?.kind === "stopMidway" ? sendHalf(response, whole, fault.then) : send(request, response, whole);
    }
    if (verb === "get") {
      const object = store.get(route.table, route.namespace ?? "", route.name ?? "");
      const body = object === undefined ? null : renderObject(object, route, form);
      return send(request, response, body === null ? notFound(route, route.name ?? "") : { status: 200, body });
    }
    const contentType = (request.headers["content-type"] ?? "").split(";")[0] ?? "";
    const body = request.method === "DELETE" ? null : await readJson(request);
    if (body === undefined) return send(request, response, refuse(400, "BadRequest", "the body is no JSON"));
    send(request, response, answerWrite(store, route, { method: request.method ?? "", contentType, body }));
  }

  const server: Server = createServer(
    ca.issue({ commonName: "sandbox", hosts: ["127.0.0.1", "localhost"] }),
    (request, response) => {
      answer(request, response).catch((error) => response.destroy(error instanceof Error ? error : undefined));
    },
  );
  // Every connection, those in the middle of a TLS handshake too, which closeAllConnections does not know.
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const cutConnections = () => {
    server.closeAllConnections();
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    url: `https://127.0.0.1:${port}`,
    store,
    faults,
    logs,
    forbid: access.forbid,
    ca: ca.cert,
    token: () => token,
    serviceAccountDir: dir.path,
    env: {
      KUBERNETES_SERVICE_HOST: "127.0.0.1",
      KUBERNETES_SERVICE_PORT: String(port),
      AGENT_SERVICE_ACCOUNT_DIR: dir.path,
      HOME: dir.path,
    },
    requests: (verb, resource) => counts.get(`${verb} ${resource}`) ?? 0,
    putEvent: (input) => store.put("events", { kind: "Event", apiVersion: "v1", ...input }),
    async rotateToken(next, { file }) {
      token = next;
      if (file) await writeFile(dir.file("token"), next);
    },
    cutConnections,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cutConnections();
      await closed;
      await dir[Symbol.asyncDispose]();
    },
  };
}

function verbOf(request: IncomingMessage, route: Route, watching: boolean): FaultVerb {
  if (watching) return "watch";
  if (request.method === "POST") return "create";
  if (request.method === "PUT") return "update";
  if (request.method === "PATCH") return "patch";
  if (request.method === "DELETE") return "delete";
  return route.name === null ? "list" : "get";
}

/** `undefined` when the body is no JSON. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}

function statusAnswer(fault: Extract<Fault, { kind: "status" }>): Answer {
  return {
    status: fault.status,
    body: status(fault.status, fault.reason ?? "Scripted", fault.message ?? "scripted", fault.retryAfterSeconds),
    headers: fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) },
  };
}

/** Half an answer; whatever follows never comes. */
function sendHalf(response: ServerResponse, { status, body }: Answer, then: "silence" | "cut"): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.write(text.slice(0, text.length / 2), () => then === "cut" && response.destroy());
}

/** A log, as the kubelet writes it. */
function sendText(request: IncomingMessage, response: ServerResponse, text: string): void {
  const zip = text.length > 4_096 && String(request.headers["accept-encoding"] ?? "").includes("gzip");
  response.writeHead(200, { "content-type": "text/plain", ...(zip ? { "content-encoding": "gzip" } : {}) });
  response.end(zip ? gzipSync(text) : text);
}

/** The API server compresses large answers where the client takes gzip. */
function send(request: IncomingMessage, response: ServerResponse, { status, body, headers }: Answer): void {
  const text = JSON.stringify(body);
  const zip = text.length > 4_096 && String(request.headers["accept-encoding"] ?? "").includes("gzip");
  response.writeHead(status, {
    "content-type": "application/json",
    ...headers,
    ...(zip ? { "content-encoding": "gzip" } : {}),
  });
  response.end(zip ? gzipSync(text) : text);
}
