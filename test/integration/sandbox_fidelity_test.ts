import assert from "node:assert/strict";
import { compact } from "../../src/lifecycle/compact.ts";
import { missingControlPlaneTools, startControlPlane } from "../support/control_plane.ts";
import { type JsonResponse, requestJson } from "../support/https_json.ts";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { readWatch } from "../support/watch_lines.ts";

/** An API server, real or not, and somebody who may do everything on it. */
interface Server {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

type Fact = string | number | boolean | undefined;

interface Step {
  readonly name: string;
  readonly run: (talk: Talk) => Promise<readonly Fact[]>;
  readonly want: readonly Fact[];
}

/** The few things that the conversation does. */
interface Talk {
  readonly server: Server;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<JsonResponse>;
}

const EVENTS = "/api/v1/namespaces/default/events";
const MERGE = { "content-type": "application/merge-patch+json" };
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };
const METADATA = { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json" };

function event(name: string, type = "Warning") {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "default", labels: { "test/kind": type.toLowerCase() } },
    involvedObject: { kind: "Pod", namespace: "default", name: "app" },
    reason: "BackOff",
    message: "Back-off restarting failed container",
    type,
    count: 1,
  };
}

/** The value at a path of keys and indexes, if it is a plain one. */
function at(value: unknown, ...path: readonly (string | number)[]): Fact {
  const found = path.reduce<unknown>(
    (inner, key) => typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
  if (Array.isArray(found)) return found.length;
  return typeof found === "object" && found !== null ? "object" : (found as Fact);
}

const failure = ({ status, json }: JsonResponse): readonly Fact[] => [
  status,
  at(json, "kind"),
  at(json, "reason"),
  at(json, "message"),
];

const STEPS: readonly Step[] = [
  {
    name: "no token is 401",
    run: async ({ server }) => {
      const answer = await requestJson(`${server.url}/api/v1/pods`, { ca: server.ca, token: "wrong" });
      return failure(answer);
    },
    want: [401, "Status", "Unauthorized", "Unauthorized"],
  },
  {
    name: "discovery lists the core group",
    run: async ({ send }) => [
      at((await send("GET", "/api")).json, "versions", 0),
      at((await send("GET", "/api/v1")).json, "kind"),
      at((await send("GET", "/apis")).json, "kind"),
      at((await send("GET", "/version")).json, "major"),
    ],
    want: ["v1", "APIResourceList", "APIGroupList", "1"],
  },
  {
    name: "a path that is none is 404",
    run: async ({ send }) => [(await send("GET", "/apis/no.such.group/v1/things")).status],
    want: [404],
  },
  {
    name: "an object that is not there",
    run: async ({ send }) => failure(await send("GET", `${EVENTS}/none`)),
    want: [404, "Status", "NotFound", `events "none" not found`],
  },
  {
    name: "created objects get uid, version and time",
    run: async ({ send }) => {
      const answers = [
        await send("POST", EVENTS, event("a")),
        await send("POST", EVENTS, event("b", "Normal")),
        await send("POST", EVENTS, event("c")),
      ];
      return answers.flatMap(({ status, json }) => [
        status,
        typeof at(json, "metadata", "uid"),
        /^\d+$/.test(String(at(json, "metadata", "resourceVersion"))),
        typeof at(json, "metadata", "creationTimestamp"),
      ]);
    },
    want: [201, "string", true, "string", 201, "string", true, "string", 201, "string", true, "string"],
  },
  {
    name: "a name is taken once",
    run: async ({ send }) => failure(await send("POST", EVENTS, event("a"))),
    want: [409, "Status", "AlreadyExists", `events "a" already exists`],
  },
  {
    name: "a list in pages, its items without kind",
    run: async ({ send }) => {
      const first = (await send("GET", `${EVENTS}?limit=2`)).json;
      const token = encodeURIComponent(String(at(first, "metadata", "continue")));
      const second = (await send("GET", `${EVENTS}?limit=2&continue=${token}`)).json;
      return [
        ...[at(first, "kind"), at(first, "items"), at(first, "metadata", "remainingItemCount")],
        ...[at(first, "items", 0, "kind"), at(first, "items", 0, "metadata", "name")],
        ...[at(second, "items"), at(second, "metadata", "continue") ?? "", at(second, "items", 0, "metadata", "name")],
        at(first, "metadata", "resourceVersion") === at(second, "metadata", "resourceVersion"),
      ];
    },
    want: ["EventList", 2, 1, undefined, "a", 1, "", "c", true],
  },
  {
    name: "selectors by field and by label",
    run: async ({ send }) => [
      at((await send("GET", `${EVENTS}?fieldSelector=type%3DWarning`)).json, "items"),
      at((await send("GET", `${EVENTS}?fieldSelector=type%21%3DWarning`)).json, "items"),
      at((await send("GET", `${EVENTS}?labelSelector=test/kind+in+(normal,other)`)).json, "items"),
      at((await send("GET", `${EVENTS}?labelSelector=%21test/kind`)).json, "items"),
    ],
    want: [2, 1, 1, 0],
  },
  {
    name: "both Event APIs show the same object",
    run: async ({ send }) => {
      const { json } = await send("GET", "/apis/events.k8s.io/v1/namespaces/default/events/a");
      return [at(json, "apiVersion"), at(json, "note"), at(json, "regarding", "name"), at(json, "message")];
    },
    want: ["events.k8s.io/v1", "Back-off restarting failed container", "app", undefined],
  },
  {
    name: "tables and metadata-only lists",
    run: async ({ send }) => {
      const table = (await send("GET", EVENTS, undefined, TABLE)).json;
      const metadata = (await send("GET", EVENTS, undefined, METADATA)).json;
      return [
        ...[at(table, "kind"), at(table, "apiVersion"), at(table, "rows"), at(table, "rows", 0, "object", "kind")],
        ...[at(metadata, "kind"), at(metadata, "items", 0, "kind"), at(metadata, "items", 0, "reason")],
      ];
    },
    want: [
      ...["Table", "meta.k8s.io/v1", 3, "PartialObjectMetadata"],
      ...["PartialObjectMetadataList", "PartialObjectMetadata", undefined],
    ],
  },
  {
    name: "a patch raises the count and keeps the uid",
    run: async ({ send }) => {
      const before = (await send("GET", `${EVENTS}/a`)).json;
      const { status, json } = await send("PATCH", `${EVENTS}/a`, { count: 5 }, MERGE);
      return [
        ...[status, at(json, "count"), at(before, "metadata", "uid") === at(json, "metadata", "uid")],
        at(before, "metadata", "resourceVersion") === at(json, "metadata", "resourceVersion"),
      ];
    },
    want: [200, 5, true, false],
  },
  {
    name: "an old version is a conflict",
    run: async ({ send }) => {
      const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
      const lease = {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "l", namespace: "default" },
      };
      const created = (await send("POST", leases, lease)).json;
      const version = at(created, "metadata", "resourceVersion");
      const write = (holderIdentity: string) =>
        send("PUT", `${leases}/l`, {
          ...lease,
          metadata: { ...lease.metadata, resourceVersion: version },
          spec: { holderIdentity },
        });
      return [(await write("first")).status, ...failure(await write("second"))];
    },
    want: [
      200,
      409,
      "Status",
      "Conflict",
      'Operation cannot be fulfilled on leases.coordination.k8s.io "l": the object has been modified; ' +
      "please apply your changes to the latest version and try again",
    ],
  },
  {
    name: "a watch tells what has happened since its version",
    run: async ({ server, send }) => {
      const version = at((await send("GET", EVENTS)).json, "metadata", "resourceVersion");
      await send("POST", EVENTS, event("d"));
      await send("PATCH", `${EVENTS}/d`, { count: 2 }, MERGE);
      await send("DELETE", `${EVENTS}/d`);
      const watch = await readWatch(`${server.url}${EVENTS}?watch=true&resourceVersion=${version}`, server, 3);
      return [watch.status, ...watch.lines.map((line) => at(JSON.parse(line), "type"))];
    },
    want: [200, "ADDED", "MODIFIED", "DELETED"],
  },
  {
    name: "a watch with a selector sees what comes and what goes",
    run: async ({ server, send }) => {
      const version = at((await send("GET", EVENTS)).json, "metadata", "resourceVersion");
      const label = (value: string) => ({ metadata: { labels: { "test/kind": value } } });
      await send("PATCH", `${EVENTS}/b`, label("other"), MERGE);
      await send("PATCH", `${EVENTS}/c`, label("normal"), MERGE);
      const query = `watch=true&resourceVersion=${version}&labelSelector=test/kind%3Dnormal`;
      const { lines } = await readWatch(`${server.url}${EVENTS}?${query}`, server, 2);
      return lines.flatMap((line) => {
        const told: unknown = JSON.parse(line);
        return [at(told, "type"), at(told, "object", "metadata", "name")];
      });
    },
    want: ["DELETED", "b", "ADDED", "c"],
  },
  {
    name: "a watch ends cleanly when its time is up",
    run: async ({ server, send }) => {
      const version = at((await send("GET", EVENTS)).json, "metadata", "resourceVersion");
      const query = `watch=true&resourceVersion=${version}&timeoutSeconds=1`;
      const { status, complete } = await readWatch(`${server.url}${EVENTS}?${query}`, server);
      return [status, complete];
    },
    want: [200, true],
  },
  {
    name: "an access review",
    run: async ({ send }) => {
      const { status, json } = await send("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { verb: "list", resource: "pods" } },
      });
      return [status, at(json, "kind"), at(json, "status", "allowed")];
    },
    want: [201, "SelfSubjectAccessReview", true],
  },
];

async function converse(server: Server): Promise<Readonly<Record<string, readonly Fact[]>>> {
  const send: Talk["send"] = (method, path, body, headers) =>
    requestJson(server.url + path, {
      method,
      ca: server.ca,
      token: server.token,
      ...compact({ body, headers }),
    });
  const heard: Record<string, readonly Fact[]> = {};
  for (const { name, run } of STEPS) heard[name] = await run({ server, send });
  return heard;
}

const EXPECTED = Object.fromEntries(STEPS.map(({ name, want }) => [name, want]));

Deno.test("sandbox API: answers a small conversation as a real API server does", async () => {
  await using api = await startSandboxApi();
  assert.deepEqual(await converse({ url: api.url, ca: api.ca, token: api.token() }), EXPECTED);
});

Deno.test({
  name: "sandbox API: a real API server answers the same conversation (needs kube-apiserver and etcd)",
  ignore: (await missingControlPlaneTools()).length > 0,
  async fn() {
    await using plane = await startControlPlane();
    assert.deepEqual(await converse({ url: plane.url, ca: plane.ca, token: plane.adminToken }), EXPECTED);
  },
});

Deno.test("sandbox API: what is forbidden is 403 and says so in an access review", async () => {
  await using api = await startSandboxApi();
  const ask = () => requestJson(`${api.url}/api/v1/nodes`, { ca: api.ca, token: api.token() });
  const allow = api.forbid("list", "nodes");
  const refused = await ask();
  assert.deepEqual(failure(refused).slice(0, 3), [403, "Status", "Forbidden"]);
  assert.match(refused.text, /cannot list resource \\"nodes\\" in API group \\"\\" at the cluster scope/);
  allow();
  assert.equal((await ask()).status, 200);
});

Deno.test("sandbox API: metrics of a node are not the node", async () => {
  await using api = await startSandboxApi();
  api.store.put("nodes", { metadata: { name: "n" }, status: { phase: "real" } });
  api.store.put("nodes.metrics.k8s.io", { metadata: { name: "n" }, usage: { cpu: "1" } });
  const get = async (path: string) => (await requestJson(api.url + path, { ca: api.ca, token: api.token() })).json;
  assert.equal(at(await get("/apis/metrics.k8s.io/v1beta1/nodes"), "items", 0, "usage", "cpu"), "1");
  assert.equal(at(await get("/api/v1/nodes/n"), "status", "phase"), "real");
});
