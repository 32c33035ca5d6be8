import type { IncomingMessage, ServerResponse } from "node:http";
import type { Fault } from "./fault_script.ts";
import { type ObjectForm, renderObject } from "./object_form.ts";
import type { ObjectStore, StoreChange } from "./object_store.ts";
import type { Route } from "./route.ts";
import { type Matches, parseSelectors } from "./selector.ts";
import { status } from "./status.ts";

export interface WatchOptions {
  readonly store: ObjectStore;
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly fault: Fault | null;
  readonly bookmarkMs: number | null;
  readonly form: ObjectForm;
}

/** Serves one watch: what happened since the version, then what happens, until its time is up or a fault ends it. */
export function serveWatch(request: IncomingMessage, response: ServerResponse, options: WatchOptions): void {
  const { store, route, query, fault, form } = options;
  const matches = parseSelectors(query.get("labelSelector"), query.get("fieldSelector")) ?? (() => true);
  const version = query.get("resourceVersion") ?? "";
  // Without a version, or with 0, a watch begins with what is there.
  const fromStart = version === "" || version === "0";
  const from = fromStart ? store.version() : Number(version);
  const past = store.since(from);
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  if (fault?.kind === "silentClose") return void response.end();
  if (fault?.kind === "silence") return;
  if (past === null || fault?.kind === "errorEvent") {
    const code = fault?.kind === "errorEvent" ? fault.code : 410;
    const reason = code === 410 ? "Expired" : "InternalError";
    const message = past === null
      ? `too old resource version: ${from} (${store.oldest()})`
      : fault?.kind === "errorEvent"
      ? fault.message ?? "scripted"
      : "scripted";
    return void response.end(JSON.stringify({ type: "ERROR", object: status(code, reason, message) }) + "\n");
  }
  if (fault?.kind === "garbage") response.write(fault.bytes);
  let messages = 0;
  let ended = false;

  function send(type: string, object: unknown): void {
    if (ended) return; // what is past may go on after the fault has ended it
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
    resource === route.table && (route.namespace === null || object.metadata.namespace === route.namespace);
  // A version that is not reached yet is accepted, and nothing up to it is told: so does kube-apiserver on etcd.
  const tell = (change: StoreChange) => {
    if (change.version <= from) return;
    const type = concerns(change) ? seenThrough(matches, change) : null;
    if (type !== null) send(type, renderObject(change.object, route, form));
  };
  const unsubscribe = store.subscribe(tell);
  const bookmarks = options.bookmarkMs === null || query.get("allowWatchBookmarks") !== "true"
    ? null
    : setInterval(() => {
      const metadata = { creationTimestamp: null, resourceVersion: String(store.version()) };
      send("BOOKMARK", { kind: route.known?.kind, apiVersion: route.apiVersion, metadata });
    }, options.bookmarkMs);
  const timeout = setTimeout(() => {
    stop();
    response.end();
  }, Number(query.get("timeoutSeconds") ?? 300) * 1000);
  function stop(): void {
    ended = true;
    unsubscribe();
    clearTimeout(timeout);
    if (bookmarks !== null) clearInterval(bookmarks);
  }
  response.on("close", stop);
  if (fromStart) {
    for (const object of store.list(route.table, route.namespace).filter(matches)) {
      send("ADDED", renderObject(object, route, form));
    }
  }
  for (const change of past) tell(change);
}

/** A change as a watch with a selector sees it: what comes to match is added, what no longer does is deleted. */
function seenThrough(matches: Matches, { type, object, before }: StoreChange): StoreChange["type"] | null {
  const was = before !== null && matches(before);
  const is = type !== "DELETED" && matches(object);
  if (is) return was ? "MODIFIED" : "ADDED";
  return was ? "DELETED" : null;
}
