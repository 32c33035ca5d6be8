import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AgentError, errorMessage } from "../lifecycle/errors.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { Service } from "../lifecycle/service.ts";
import type { Condition } from "../lifecycle/condition.ts";
import type { HealthSource } from "./health_source.ts";
import { PAGE_HEADERS, renderPage } from "./status_page.ts";
import { CONNECTION_LIMITS, limitConnections } from "./limit_connections.ts";

interface HealthServerOptions {
  /** 0 takes a free port. */
  readonly port: number;
  readonly source: HealthSource;
  /** Whether there is a page for people at `/`. */
  readonly page: boolean;
}

interface HealthServer extends Service {
  /** Resolves with the port once the server listens. */
  listening(): Promise<number>;
}

/** A probe sends some hundred bytes, Prometheus not much more. */
const HEADER_LIMIT_BYTES = 4 * 1024;

/** Serves /health/live, /health/ready, /health/status, /metrics and the page over plain HTTP, on all addresses. */
export function createHealthServer(options: HealthServerOptions): HealthServer {
  const log = createLogger("health");
  const ready = Promise.withResolvers<number>();
  ready.promise.catch(() => {}); // `run` rejects with the same failure

  return {
    name: "health",
    listening: () => ready.promise,
    async run(signal) {
      const server = createServer({ maxHeaderSize: HEADER_LIMIT_BYTES }, (request, response) => {
        respond(options, request, response).catch((error) => {
          log.error("Cannot answer a health request", { error: errorMessage(error) });
          response.writeHead(500).end();
        });
      });
      server.maxHeadersCount = 100;
      limitConnections(server, CONNECTION_LIMITS);
      try {
        const port = await listen(server, options.port);
        log.info("Health endpoints are up", { port });
        ready.resolve(port);
      } catch (error) {
        ready.reject(error);
        throw error;
      }
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once(
      "error",
      (cause) =>
        reject(
          new AgentError(
            "failed",
            `Cannot serve health on port ${port}: ${errorMessage(cause)}; choose another with --health-port`,
            { cause },
          ),
        ),
    );
    server.listen(port, () => {
      const address: AddressInfo | string | null = server.address();
      resolve(address !== null && typeof address === "object" ? address.port : port);
    });
  });
}

async function respond(
  { source, page }: HealthServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "/").split("?")[0];
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { allow: "GET, HEAD" }).end();
    return;
  }
  const head = request.method === "HEAD";
  switch (path) {
    case "/health/live":
      return sendConditions(response, source.live(), head);
    case "/health/ready":
      return sendConditions(response, source.ready(), head);
    case "/health/status":
      return send(response, 200, "application/json", JSON.stringify(source.status(), null, 2) + "\n", head);
    case "/metrics": {
      const { body, contentType } = await source.metrics();
      return send(response, 200, contentType, body, head);
    }
    case page ? "/" : null:
      return sendPage(response, source, head);
    default:
      return send(response, 404, "text/plain; charset=utf-8", ROUTES, head);
  }
}

const ROUTES = "Nothing here. There are: /health/live /health/ready /health/status /metrics\n";

function sendPage(response: ServerResponse, source: HealthSource, head: boolean): void {
  const body = renderPage({
    status: source.status(),
    conditions: [...source.live().filter(({ ok }) => !ok), ...source.ready()],
    tables: source.tables(),
    madeAt: new Date().toISOString(),
  });
  for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
  send(response, 200, "text/html; charset=utf-8", body, head);
}

function sendConditions(response: ServerResponse, conditions: readonly Condition[], head: boolean): void {
  const ok = conditions.every((condition) => condition.ok);
  const lines = conditions.map(({ name, ok, detail }) => `[${ok ? "+" : "-"}] ${name}: ${detail}`);
  const body = [ok ? "ok" : "not ok", ...lines].join("\n") + "\n";
  send(response, ok ? 200 : 503, "text/plain; charset=utf-8", body, head);
}

function send(response: ServerResponse, status: number, contentType: string, body: string, head: boolean): void {
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store" });
  response.end(head ? undefined : body);
}
