import { createServer } from "node:https";
import { createTestCa } from "../../sandbox/certificates.ts";
import type { ControlPlane } from "./control_plane.ts";

const GROUP = "metrics.k8s.io";
const VERSION = `${GROUP}/v1beta1`;

/** What a stand-in for metrics-server says; each item as the API has it. */
export interface MetricsApiFacts {
  readonly nodes: readonly unknown[];
  readonly pods: readonly unknown[];
}

/** A metrics API of a real control plane: the API server passes its requests on to it. */
export interface MetricsApi extends AsyncDisposable {
  /** From now on; resolves when the API server knows. */
  register(): Promise<void>;
  unregister(): Promise<void>;
}

/** Starts a stand-in for metrics-server on loopback, not yet registered with the control plane. */
export async function startMetricsApi(plane: ControlPlane, facts: MetricsApiFacts): Promise<MetricsApi> {
  const answers: Readonly<Record<string, unknown>> = {
    [`/apis/${VERSION}`]: {
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: VERSION,
      resources: [
        { name: "nodes", singularName: "", namespaced: false, kind: "NodeMetrics", verbs: ["get", "list"] },
        { name: "pods", singularName: "", namespaced: true, kind: "PodMetrics", verbs: ["get", "list"] },
      ],
    },
    [`/apis/${VERSION}/nodes`]: { kind: "NodeMetricsList", apiVersion: VERSION, metadata: {}, items: facts.nodes },
    [`/apis/${VERSION}/pods`]: { kind: "PodMetricsList", apiVersion: VERSION, metadata: {}, items: facts.pods },
  };
  const pair = createTestCa("metrics").issue({ commonName: "localhost", hosts: ["localhost", "127.0.0.1"] });
  const server = createServer(pair, (request, response) => {
    const answer = answers[(request.url ?? "").split("?")[0] ?? ""];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    async register() {
      // The API server resolves an ExternalName by itself: no cluster network is needed.
      const service = {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "metrics-server", namespace: "kube-system" },
        spec: { type: "ExternalName", externalName: "localhost", ports: [{ port }] },
      };
      const registration = {
        apiVersion: "apiregistration.k8s.io/v1",
        kind: "APIService",
        metadata: { name: `v1beta1.${GROUP}` },
        spec: {
          group: GROUP,
          version: "v1beta1",
          groupPriorityMinimum: 100,
          versionPriority: 100,
          insecureSkipTLSVerify: true,
          service: { name: "metrics-server", namespace: "kube-system", port },
        },
      };
      await plane.kubectl(
        ["apply", "-f", "-"],
        JSON.stringify({ apiVersion: "v1", kind: "List", items: [service, registration] }),
      );
      await plane.kubectl(["wait", "--for=condition=Available", "--timeout=60s", `apiservice/v1beta1.${GROUP}`]);
    },
    unregister: async () => void (await plane.kubectl(["delete", "apiservice", `v1beta1.${GROUP}`])),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
