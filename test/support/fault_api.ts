import { createHash } from "node:crypto";
import type { ControlPlane } from "./control_plane.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { type SandboxApi, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";

/** The API server that a fault scenario's agent watches. */
export interface FaultApi extends AsyncDisposable {
  readonly name: "sandbox" | "kube-apiserver";
  /** The environment of an agent "in" this cluster. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes an event for each marker, in order; tells how many there are now. Tries again while the server is away. */
  makeEvents(markers: readonly string[], options?: MakeOptions): Promise<void>;
  /** The sandbox itself, for its script of faults; fails on a real server. */
  sandbox(): SandboxApi;
  /** The real control plane; fails on the sandbox. */
  plane(): ControlPlane;
}

export interface MakeOptions {
  /** Told after each event. */
  readonly onMade?: (count: number) => void;
  /** Makes the message about this long. */
  readonly messageBytes?: number;
}

const NAMESPACE = "faults";

/** Requests to a real server at a time: more make it no faster. */
const PARALLEL = 24;
/** The sandbox shares this process: after so many events others get a turn. */
const TURN = 20;

function eventOf(marker: string, messageBytes = 0) {
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const name = createHash("sha1").update(marker).digest("hex").slice(0, 20);
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: NAMESPACE },
    involvedObject: { kind: "Pod", namespace: NAMESPACE, name, uid: name, apiVersion: "v1" },
    reason: "BackOff",
    type: "Warning",
    message: `Back-off restarting failed container ${marker} `.padEnd(messageBytes, "x"),
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: "kubelet", host: "node-1" },
  };
}

/** A sandbox API server of the scenario's own. */
export async function openSandboxFaultApi(): Promise<FaultApi> {
  const api = await startSandboxApi();
  return {
    name: "sandbox",
    env: api.env,
    async makeEvents(markers, { onMade, messageBytes } = {}) {
      for (const [index, marker] of markers.entries()) {
        api.putEvent(eventOf(marker, messageBytes));
        onMade?.(index + 1);
        if (index % TURN === TURN - 1) await new Promise((resolve) => setImmediate(resolve));
      }
    },
    sandbox: () => api,
    plane: () => {
      throw new Error("This scenario needs a real control plane");
    },
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

/** A real kube-apiserver, with an account for the agent; its events go when the scenario ends, the server stays. */
export async function openKubeFaultApi(plane: ControlPlane): Promise<FaultApi> {
  const created = await plane.request("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE },
  });
  if (created.status === 201) await grantRights(plane);
  const client = Deno.createHttpClient({ caCerts: [plane.ca] });
  const send = async (method: string, path: string, body?: unknown): Promise<number> => {
    const response = await fetch(plane.url + path, {
      method,
      client,
      headers: { authorization: `Bearer ${plane.adminToken}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    await response.body?.cancel();
    return response.status;
  };
  const path = `/api/v1/namespaces/${NAMESPACE}/events`;
  return {
    name: "kube-apiserver",
    env: await plane.enterPod(NAMESPACE, "agent"),
    async makeEvents(markers, { onMade, messageBytes } = {}) {
      const todo = markers.values();
      let made = 0;
      const work = async () => {
        for (const marker of todo) {
          await eventually(`the API server takes ${marker}`, async () => {
            const status = await send("POST", path, eventOf(marker, messageBytes));
            return status === 409 || status < 300;
          }, 60_000);
          onMade?.(++made);
        }
      };
      await Promise.all(Array.from({ length: PARALLEL }, work));
    },
    sandbox: () => {
      throw new Error("This scenario needs the sandbox API server");
    },
    plane: () => plane,
    async [Symbol.asyncDispose]() {
      await eventually("the events are deleted", async () => await send("DELETE", path) < 300, 60_000);
      client.close();
    },
  };
}

async function grantRights(plane: ControlPlane): Promise<void> {
  const role = ["create", "clusterrole", "agent-faults"];
  await plane.kubectl([...role, "--verb=get,list,watch,create,patch", "--resource=events,namespaces,nodes,configmaps"]);
  const subject = ["--clusterrole=agent-faults", `--serviceaccount=${NAMESPACE}:agent`];
  await plane.kubectl(["create", "clusterrolebinding", "agent-faults", ...subject]);
}
