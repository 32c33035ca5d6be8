import { createServer, type Server } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { createTestCa } from "../certificates.ts";
import { createTempDir } from "../temp_dir.ts";
import { createFaultScript, type Fault, type FaultScript, type FaultVerb } from "./fault_script.ts";
import { createObjectStore, type ObjectInput, type ObjectStore, type StoredObject } from "./object_store.ts";
import { parseRoute, type Route } from "./route.ts";
import { type Answer, answerList, status } from "./serve_list.ts";
import { serveWatch } from "./serve_watch.ts";

export interface SandboxApiOptions {
  /** How often watches get bookmarks; `null` is never. Default 200 ms: a test does not wait a minute. */
  readonly bookmarkMs?: number | null;
}

/** A small API server on loopback with TLS of its own: lists in pages, watches, and faults by script. */
export interface SandboxApi extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly store: ObjectStore;
  readonly faults: FaultScript;
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

/** Starts the server with the namespaces that every cluster has. */
export async function startSandboxApi(options: SandboxApiOptions = {}): Promise<SandboxApi> {
  const bookmarkMs = options.bookmarkMs === undefined ? 200 : options.bookmarkMs;
  const store = createObjectStore();
  const faults = createFaultScript();
  const counts = new Map<string, number>();
  for (const name of ["default", "kube-public", "kube-system"]) {
    store.put("namespaces", { kind: "Namespace", apiVersion: "v1", metadata: { name }, status: { phase: "Active" } });
  }
  const ca = createTestCa("sandbox");
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
    if (url.pathname === "/version") {
      return send(request, response, {
        status: 200,
        body: { major: "1", minor: "36", gitVersion: "v1.36.3", platform: "linux/amd64" },
      });
    }
    const route = parseRoute(url.pathname);
    if (route === null) return send(request, response, { status: 404, body: status(404, "NotFound", "no such path") });
    const watching = url.searchParams.get("watch") === "true";
    const verb = verbOf(request, route, watching);
    counts.set(`${verb} ${route.resource}`, (counts.get(`${verb} ${route.resource}`) ?? 0) + 1);
    const paging = url.searchParams.has("continue");
    const fault = faults.take(verb, route.resource, (planned) => planned.kind !== "expiredToken" || paging);
    if (fault?.kind === "hang") return;
    if (fault?.kind === "status") return send(request, response, statusAnswer(fault));
    if (watching) return serveWatch(request, response, { store, route, query: url.searchParams, fault, bookmarkMs });
    if (verb === "list") return send(request, response, answerList(store, route, url.searchParams, fault));
    if (verb === "get") return send(request, response, answerGet(store, route));
    send(request, response, await answerWrite(store, route, request));
  }

  const server: Server = createServer(
    ca.issue({ commonName: "sandbox", hosts: ["127.0.0.1", "localhost"] }),
    (request, response) => {
      answer(request, response).catch((error) => response.destroy(error instanceof Error ? error : undefined));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    url: `https://127.0.0.1:${port}`,
    store,
    faults,
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
    cutConnections: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await dir[Symbol.asyncDispose]();
    },
  };
}

function verbOf(request: IncomingMessage, route: Route, watching: boolean): FaultVerb {
  if (watching) return "watch";
  if (request.method === "POST") return "create";
  if (request.method === "PUT" || request.method === "PATCH") return "update";
  return route.name === null ? "list" : "get";
}

function answerGet(store: ObjectStore, { resource, namespace, name }: Route): Answer {
  const object = store.get(resource, namespace ?? "", name ?? "");
  return object === undefined
    ? { status: 404, body: status(404, "NotFound", `${resource} "${name}" not found`) }
    : { status: 200, body: object };
}

async function answerWrite(store: ObjectStore, route: Route, request: IncomingMessage): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const input: unknown = JSON.parse(
    new TextDecoder().decode(await new Blob(chunks.map((chunk) => new Uint8Array(chunk))).arrayBuffer()),
  );
  if (!isObjectInput(input)) return { status: 400, body: status(400, "BadRequest", "no object") };
  const namespace = route.namespace ?? "";
  const before = store.get(route.resource, namespace, input.metadata.name);
  if (request.method === "POST" && before !== undefined) {
    return { status: 409, body: status(409, "AlreadyExists", "it exists") };
  }
  if (request.method === "PUT" && before === undefined) {
    return { status: 404, body: status(404, "NotFound", "not found") };
  }
  const version = input.metadata.resourceVersion;
  if (before !== undefined && typeof version === "string" && version !== before.metadata.resourceVersion) {
    return { status: 409, body: status(409, "Conflict", "the object has been modified") };
  }
  const stored = store.put(route.resource, { ...input, metadata: { ...input.metadata, namespace } });
  return { status: request.method === "POST" ? 201 : 200, body: stored };
}

function isObjectInput(value: unknown): value is ObjectInput {
  if (typeof value !== "object" || value === null || !("metadata" in value)) return false;
  const { metadata } = value;
  return typeof metadata === "object" && metadata !== null && "name" in metadata && typeof metadata.name === "string";
}

function statusAnswer(fault: Extract<Fault, { kind: "status" }>): Answer {
  return {
    status: fault.status,
    body: status(fault.status, fault.reason ?? "Scripted", "scripted", fault.retryAfterSeconds),
    headers: fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) },
  };
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
