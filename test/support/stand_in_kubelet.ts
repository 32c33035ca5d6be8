import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createTestCa } from "../../sandbox/certificates.ts";

/** Where a log is, as kube-apiserver asks its kubelet. */
interface LogPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

/** A kubelet in one thing alone: it has logs. kube-apiserver passes on to it what is asked of the pods of its node. */
export interface StandInKubelet extends AsyncDisposable {
  /** The status of the Node that kube-apiserver finds it by. */
  readonly nodeStatus: Readonly<Record<string, unknown>>;
  putLog(place: LogPlace, text: string): void;
  /** What was asked of it: paths with their queries. */
  readonly asked: readonly string[];
}

/**
 * Starts it on loopback. kube-apiserver without `--kubelet-certificate-authority` takes any certificate. Of a log it gives
 * the last `tailLines`, of these the first `limitBytes`, as a kubelet does (pkg/kubelet/kuberuntime/logs, ReadLogs).
 */
export async function startStandInKubelet(): Promise<StandInKubelet> {
  const logs = new Map<string, string>();
  const asked: string[] = [];
  const keyOf = ({ namespace, pod, container, previous }: LogPlace) => [namespace, pod, container, previous].join("/");
  const { cert, key } = createTestCa().issue({ commonName: "kubelet", hosts: ["127.0.0.1"], key: "p256" });
  const server = createServer({ cert, key }, (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "https://kubelet");
    asked.push(request.url ?? "");
    const [, what, namespace = "", pod = "", container = ""] = pathname.split("/");
    const place = { namespace, pod, container, previous: searchParams.get("previous") === "true" };
    const text = logs.get(keyOf(place));
    if (what !== "containerLogs" || text === undefined) {
      response.writeHead(404).end("not found\n");
      return;
    }
    response.writeHead(200, { "content-type": "text/plain" }).end(part(text, searchParams));
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  return {
    asked,
    putLog: (place, text) => void logs.set(keyOf(place), text),
    nodeStatus: {
      addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
      daemonEndpoints: { kubeletEndpoint: { Port: portOf(server.address()) } },
    },
    [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      return closed.promise;
    },
  };
}

function part(text: string, query: URLSearchParams): Uint8Array {
  const tail = Number(query.get("tailLines") ?? Infinity);
  const lines = text.split(/(?<=\n)/);
  const bytes = new TextEncoder().encode(lines.slice(Math.max(0, lines.length - tail)).join(""));
  return bytes.subarray(0, Number(query.get("limitBytes") ?? bytes.length));
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("The kubelet does not listen on a port");
  return address.port;
}
