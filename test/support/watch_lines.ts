import { request } from "node:https";
import { compact } from "../../src/lifecycle/compact.ts";
import type { JsonRequest } from "./https_json.ts";

/** What a watch sent before it ended: its head's status, its lines, and whether it ended in an orderly way. */
export interface WatchOutcome {
  readonly status: number;
  readonly lines: readonly string[];
  readonly complete: boolean;
}

/** Reads a watch as bytes on the wire until it ends or `enough` lines have come. */
export function readWatch(url: string, options: JsonRequest, enough = Infinity): Promise<WatchOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<WatchOutcome>();
  const outgoing = request(url, {
    agent: false,
    ...compact({ ca: options.ca }),
    headers: { accept: "application/json", authorization: `Bearer ${options.token}`, ...options.headers },
  }, (incoming) => {
    let text = "";
    const lines = () => text.split("\n").slice(0, -1);
    const finish = (complete: boolean) => {
      resolve({ status: incoming.statusCode ?? 0, lines: lines(), complete });
      outgoing.destroy();
    };
    incoming.setEncoding("utf8");
    incoming.on("data", (chunk: string) => {
      text += chunk;
      if (lines().length >= enough) finish(false);
    });
    incoming.on("end", () => finish(incoming.complete));
    incoming.on("error", () => finish(false));
  });
  outgoing.on("error", reject);
  outgoing.end();
  return promise;
}
