import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fault } from "./fault_script.ts";
import type { ObjectStore, StoreChange } from "./object_store.ts";
import type { Route } from "./route.ts";

export interface WatchOptions {
  readonly store: ObjectStore;
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly fault: Fault | null;
  readonly bookmarkMs: number | null;
}

/** Serves one watch: what happened since the version, then what happens, until its time is up or a fault ends it. */
export function serveWatch(request: IncomingMessage, response: ServerResponse, options: WatchOptions): void {
  const { store, route, query, fault } = options;
  const from = Number(query.get("resourceVersion") || store.version());
  const past = store.since(from);
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  if (fault?.kind === "silentClose") return void response.end();
  if (fault?.kind === "silence") return;
  if (past === null || fault?.kind === "errorEvent") {
    const code = fault?.kind === "errorEvent" ? fault.code : 410;
    const reason = code === 410 ? "Expired" : "InternalError";
    const status = { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message: "scripted" };
    return void response.end(JSON.stringify({ type: "ERROR", object: status }) + "\n");
  }
  if (fault?.kind === "garbage") response.write(fault.bytes);
  let messages = 0;

  function send(type: string, object: unknown): void {
    const line = JSON.stringify({ type, object }) + "\n";
    if (fault?.kind === "cutMidLine" && messages === fault.messages) {
      response.write(line.slice(0, line.length / 2), () => request.socket.destroy());
      return stop();
    }
    messages++;
    if (fault?.kind === "drip") { for (const character of line) response.write(character); }
    else response.write(line);
    if (fault?.kind === "closeAfter" && messages >= fault.messages) {
      stop();
      response.end();
    }
  }

  const concerns = ({ resource, object }: StoreChange) =>
    resource === route.resource && (route.namespace === null || object.metadata.namespace === route.namespace);
  const unsubscribe = store.subscribe((change) => {
    if (concerns(change)) send(change.type, change.object);
  });
  const bookmarks = options.bookmarkMs === null || query.get("allowWatchBookmarks") !== "true"
    ? null
    : setInterval(() => {
      send("BOOKMARK", { kind: "Event", apiVersion: "v1", metadata: { resourceVersion: String(store.version()) } });
    }, options.bookmarkMs);
  const timeout = setTimeout(() => {
    stop();
    response.end();
  }, Number(query.get("timeoutSeconds") ?? 300) * 1000);
  function stop(): void {
    unsubscribe();
    clearTimeout(timeout);
    if (bookmarks !== null) clearInterval(bookmarks);
  }
  response.on("close", stop);
  for (const change of past) if (concerns(change)) send(change.type, change.object);
}
