import assert from "node:assert/strict";
import { reflect, type ReflectorItem, type ReflectorOptions } from "../../src/kube/reflector.ts";
import { type Clock, systemClock } from "../../src/lifecycle/clock.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { openTestClient } from "../support/kube_client.ts";
import { type SandboxApi, type SandboxApiOptions, startSandboxApi } from "../../sandbox/api/sandbox_api.ts";

/** Waits a hundredth of the time, so that a backoff of seconds is a test of milliseconds. */
const hurriedClock: Clock = { ...systemClock, sleep: (delayMs, signal) => systemClock.sleep(delayMs / 100, signal) };

interface Rig extends AsyncDisposable {
  readonly api: SandboxApi;
  readonly items: readonly ReflectorItem[];
  /** Names of the events seen, in the order of their coming; pages and changes alike. */
  names(): string[];
  causes(): string[];
  put(name: string): void;
}

async function reflectEvents(
  options: Partial<ReflectorOptions> = {},
  prepare: (api: SandboxApi) => void = () => {},
  apiOptions: SandboxApiOptions = {},
): Promise<Rig> {
  const api = await startSandboxApi(apiOptions);
  prepare(api);
  const skipped: string[] = [];
  const client = await openTestClient(api);
  const stop = new AbortController();
  const items: ReflectorItem[] = [];
  const run = (async () => {
    const source = reflect({
      client,
      clock: hurriedClock,
      path: "/api/v1/events",
      resourceVersion: null,
      onSkippedLine: (reason) => skipped.push(reason),
      ...options,
    }, stop.signal);
    for await (const item of source) {
      items.push(item.kind === "changes" ? { ...item, changes: [...item.changes] } : item);
    }
  })();
  return {
    api,
    items,
    names: () =>
      items.flatMap((item) => {
        if (item.kind === "page") return item.objects.map(nameOf);
        return item.kind === "changes" ? [...item.changes].map(({ object }) => nameOf(object)) : [];
      }),
    causes: () => items.flatMap((item) => item.kind === "interrupted" ? [item.cause] : []),
    put: (name) => void api.putEvent({ metadata: { name, namespace: "default" } }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await run;
      client.close();
      await api[Symbol.asyncDispose]();
    },
  };
}

function nameOf(object: unknown): string {
  const text = JSON.stringify(object);
  return /"name":"([^"]*)"/.exec(text)?.[1] ?? text;
}

const watching = (rig: Rig, times = 1) =>
  eventually("the watch is open", () => rig.items.filter(({ kind }) => kind === "watching").length >= times);
const sees = (rig: Rig, ...names: string[]) =>
  eventually(`sees ${names}`, () => names.every((name) => rig.names().includes(name)));
const lists = (rig: Rig) => rig.items.filter(({ kind }) => kind === "list_started").length;
const once = (rig: Rig, names: readonly string[]) => assert.deepEqual(rig.names(), names);

Deno.test("reflector: lists what is there, then sees what comes", async () => {
  await using rig = await reflectEvents({ pageLimit: 2 }, (api) => {
    for (const name of ["a", "b", "c"]) api.putEvent({ metadata: { name, namespace: "default" } });
  });
  await watching(rig);
  rig.put("d");
  await sees(rig, "d");
  once(rig, ["a", "b", "c", "d"]);
});

Deno.test("reflector: goes on from a given version without a list", async () => {
  await using rig = await reflectEvents({ resourceVersion: "103" });
  rig.put("a");
  await sees(rig, "a");
  assert.equal(lists(rig), 0);
});

Deno.test("reflector: the server closes the watch and it goes on where it was", async () => {
  await using rig = await reflectEvents(
    {},
    (api) => api.faults.plan("watch", "events", { kind: "closeAfter", messages: 2 }),
  );
  await watching(rig);
  for (const name of ["a", "b", "c"]) rig.put(name);
  await sees(rig, "c");
  once(rig, ["a", "b", "c"]);
  assert.equal(lists(rig), 1);
});

Deno.test("reflector: the connection breaks in the middle of a line; nothing is lost, nothing twice", async () => {
  await using rig = await reflectEvents(
    {},
    (api) => api.faults.plan("watch", "events", { kind: "cutMidLine", messages: 1 }),
  );
  await watching(rig);
  for (const name of ["a", "b", "c"]) rig.put(name);
  await sees(rig, "c");
  once(rig, ["a", "b", "c"]);
});

Deno.test("reflector: 410 in the stream lists again and the gap is not skipped", async () => {
  await using rig = await reflectEvents();
  await watching(rig);
  rig.put("a");
  await sees(rig, "a");
  rig.api.faults.plan("watch", "events", { kind: "errorEvent", code: 410 });
  rig.api.cutConnections();
  rig.put("b");
  await sees(rig, "b");
  assert.ok(rig.causes().includes("expired"));
  assert.equal(lists(rig), 2);
});

Deno.test("reflector: 410 at connect lists again", async () => {
  await using rig = await reflectEvents({ resourceVersion: "5" }, (api) => {
    api.putEvent({ metadata: { name: "a", namespace: "default" } });
    api.faults.plan("watch", "events", { kind: "status", status: 410, reason: "Expired" });
  });
  await sees(rig, "a");
  assert.deepEqual(rig.causes(), ["expired"]);
});

Deno.test("reflector: a silent fast close drops the version and lists again", async () => {
  await using rig = await reflectEvents({ resourceVersion: "103" }, (api) => {
    api.putEvent({ metadata: { name: "a", namespace: "default" } });
    api.faults.plan("watch", "events", { kind: "silentClose" });
  });
  await sees(rig, "a");
  assert.deepEqual(rig.causes(), ["silent_close"]);
});

Deno.test("reflector: 429 waits as told and keeps the version", async () => {
  await using rig = await reflectEvents(
    { resourceVersion: "103" },
    (api) => api.faults.plan("watch", "events", { kind: "status", status: 429, retryAfterSeconds: 9 }),
  );
  await watching(rig);
  const interrupted = rig.items.find((item) => item.kind === "interrupted");
  assert.equal(interrupted?.kind === "interrupted" && interrupted.waitMs, 9_000);
  assert.equal(lists(rig), 0);
});

Deno.test("reflector: 500 in the stream keeps the version", async () => {
  await using rig = await reflectEvents(
    { resourceVersion: "103" },
    (api) => api.faults.plan("watch", "events", { kind: "errorEvent", code: 500 }),
  );
  await watching(rig, 2);
  rig.put("a");
  await sees(rig, "a");
  assert.deepEqual([rig.causes(), lists(rig)], [["server_error"], 0]);
  assert.equal(rig.api.requests("list", "events"), 2, "each watch asks for the server's version before it goes on");
});

Deno.test("reflector: 403 says which permission is missing and goes on trying", async () => {
  await using rig = await reflectEvents(
    { resourceVersion: "103" },
    (api) => api.faults.plan("watch", "events", { kind: "status", status: 403, reason: "Forbidden" }, 2),
  );
  await watching(rig);
  const details = rig.items.flatMap((item) => item.kind === "interrupted" ? [item.detail] : []);
  assert.match(details[0] ?? "", /grant "watch events"/);
  assert.deepEqual(rig.causes(), ["forbidden", "forbidden"]);
});

Deno.test("reflector: where only lists are allowed it lists again after each refusal, if asked to", async () => {
  await using rig = await reflectEvents(
    { resourceVersion: "103", listsWithoutWatch: true },
    (api) => api.faults.plan("watch", "events", { kind: "status", status: 403, reason: "Forbidden" }, 2),
  );
  await watching(rig);
  assert.deepEqual([rig.causes(), lists(rig)], [["forbidden", "forbidden"], 2]);
});

Deno.test("reflector: 401 for a token that is gone for good backs off and says so", async () => {
  await using rig = await reflectEvents();
  await watching(rig);
  await rig.api.rotateToken("other", { file: false });
  rig.api.cutConnections();
  await eventually("401", () => rig.causes().includes("unauthorized"));
  await rig.api.rotateToken("other", { file: true });
  rig.put("a");
  await sees(rig, "a");
});

Deno.test("reflector: a garbage line is counted and skipped, the watch lives", async () => {
  const skipped: string[] = [];
  const bytes = new TextEncoder().encode('{"type":"ADDED","object":\n[]\n{"type":"ADDED","object":{"metadata":{}}}\n');
  await using rig = await reflectEvents(
    { onSkippedLine: (reason) => skipped.push(reason) },
    (api) => api.faults.plan("watch", "events", { kind: "garbage", bytes }),
  );
  await watching(rig);
  rig.put("a");
  await sees(rig, "a");
  assert.deepEqual(skipped, ["invalid_json", "unexpected", "unexpected"]);
  assert.deepEqual(rig.causes(), []);
});

Deno.test("reflector: a line over a megabyte is skipped, the watch lives", async () => {
  const bytes = new TextEncoder().encode("x".repeat(1_200_000) + "\n");
  await using rig = await reflectEvents({}, (api) => api.faults.plan("watch", "events", { kind: "garbage", bytes }));
  await watching(rig);
  rig.put("a");
  await sees(rig, "a");
  assert.deepEqual(rig.causes(), []);
});

Deno.test("reflector: bytes that drip make whole lines", async () => {
  await using rig = await reflectEvents({}, (api) => api.faults.plan("watch", "events", { kind: "drip" }));
  await watching(rig);
  rig.put("a");
  await sees(rig, "a");
});

Deno.test("reflector: a half-open connection is given up by the watchdog", async () => {
  await using rig = await reflectEvents(
    { stallMs: 100 },
    (api) => api.faults.plan("watch", "events", { kind: "silence" }),
  );
  await eventually("stalled", () => rig.causes().includes("stalled"));
  await watching(rig, 2);
  rig.put("a");
  await sees(rig, "a");
  assert.equal(lists(rig), 1);
});

Deno.test("reflector: bookmarks move the version on, so that a later start skips what is old", async () => {
  await using rig = await reflectEvents({}, undefined, { bookmarkMs: 20 });
  await watching(rig);
  rig.api.store.put("pods", { metadata: { name: "p", namespace: "default" } });
  await eventually(
    "a bookmark of the new version",
    () =>
      rig.items.some((item) => item.kind === "bookmark" && item.resourceVersion === String(rig.api.store.version())),
  );
});

Deno.test("reflector: a server without bookmarks makes no loop", async () => {
  await using rig = await reflectEvents({}, undefined, { bookmarkMs: null });
  await watching(rig);
  rig.put("a");
  await sees(rig, "a");
  assert.deepEqual([rig.api.requests("list", "events"), rig.api.requests("watch", "events")], [1, 1]);
});

Deno.test("reflector: a slow reader is not taken for a silent server", async () => {
  const api = await startSandboxApi({ bookmarkMs: 10 });
  const client = await openTestClient(api);
  const stop = new AbortController();
  const causes: string[] = [];
  let slept = false;
  for await (
    const item of reflect(
      {
        client,
        clock: hurriedClock,
        path: "/api/v1/events",
        resourceVersion: "103",
        stallMs: 80,
        onSkippedLine: () => {},
      },
      stop.signal,
    )
  ) {
    if (item.kind === "interrupted") causes.push(item.cause);
    if (item.kind === "bookmark" && slept) break;
    if (item.kind === "bookmark") {
      await systemClock.sleep(200, stop.signal);
      slept = true;
    }
  }
  assert.deepEqual(causes, []);
  client.close();
  await api[Symbol.asyncDispose]();
});

Deno.test("reflector: an abort while it waits ends it at once", async () => {
  const rig = await reflectEvents(
    { clock: systemClock },
    (api) => api.faults.plan("list", "events", { kind: "status", status: 503 }, 9),
  );
  await eventually("the first failure", () => rig.causes().length > 0);
  const before = performance.now();
  await rig[Symbol.asyncDispose]();
  assert.ok(performance.now() - before < 1_000);
});

const TOO_LARGE = "Timeout: Too large resource version: 900, current: 104";
const AHEAD: readonly {
  readonly name: string;
  readonly from: string;
  readonly prepare?: (api: SandboxApi) => void;
}[] = [
  { name: "by its version, where the server would accept the watch in silence", from: "900" },
  {
    name: "by a 504 at connect",
    from: "103",
    prepare: (api) =>
      api.faults.plan("watch", "events", { kind: "status", status: 504, reason: "Timeout", message: TOO_LARGE }),
  },
  {
    name: "by an error in the stream",
    from: "103",
    prepare: (api) => api.faults.plan("watch", "events", { kind: "errorEvent", code: 504, message: TOO_LARGE }),
  },
];

for (const { name, from, prepare } of AHEAD) {
  Deno.test(`reflector: a server that is behind the version is noticed ${name}, and listed`, async () => {
    await using rig = await reflectEvents({ resourceVersion: from }, (api) => {
      api.putEvent({ metadata: { name: "a", namespace: "default" } });
      prepare?.(api);
    });
    await sees(rig, "a");
    await watching(rig);
    rig.put("b");
    await sees(rig, "b");
    assert.deepEqual(rig.causes(), ["version_ahead"]);
    once(rig, ["a", "b"]);
  });
}

Deno.test("reflector: a server that was restored while the watch ran is noticed when it goes on", async () => {
  await using rig = await reflectEvents();
  await watching(rig);
  const backup = rig.api.store.backup();
  for (const name of ["a", "b", "c"]) rig.put(name);
  await sees(rig, "c");
  rig.api.store.restore(backup);
  rig.put("d");
  rig.api.cutConnections();
  await sees(rig, "d");
  assert.ok(rig.causes().includes("version_ahead"), rig.causes().join());
});
