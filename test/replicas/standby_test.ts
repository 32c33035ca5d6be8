import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { eventually } from "../../sandbox/eventually.ts";
import { recordReplicaRow } from "../../tasks/replica_report.ts";
import { readProcessFigures } from "../support/process_figures.ts";
import { AGENT_NAMESPACE } from "../support/shipped_manifests.ts";
import { LEASE_PATH, openReplicaRig } from "./replica_rig.ts";
import { auditedPlane, replicaPlane } from "./replica_plane.ts";
import { watchingLeader } from "./watch_gap.ts";

const LONG = process.env.REPLICAS_LONG !== undefined;
const SECONDS = LONG ? 120 : 15;
const never = new AbortController().signal;

/** What a standby may cost. */
const LIMIT_OWN_MB = 32;
/** Of which more than half is the text of Deno, which all processes of a node share. */
const LIMIT_MB = 76;
const LIMIT_CORE = 0.003;
/** A loaded machine makes everything dearer; the figure in the table is the one that counts. */
const LOADED = LONG ? 1 : 4;

Deno.test("replicas: a standby asks the API server for nothing but its Lease, and costs little", async () => {
  await using audited = await auditedPlane();
  await using rig = await openReplicaRig(audited.plane);
  await using leader = await rig.start("leader", { objects: { enabled: false } });
  await watchingLeader(rig, [leader]);
  await using standby = await rig.start("standby", { enable_metrics: true });
  await eventually("it stands by", async () => (await standby.ready()).text.includes("standby of"));
  const { ok, text } = await standby.ready();
  assert.ok(ok, text);
  assert.match(text, /lead: standby of \S+_\S+, renewed \d\.\d s ago/);
  await systemClock.sleep(LONG ? 20_000 : 3_000, never); // it has started
  // The leader watches and renews, and lists nothing meanwhile: whatever list or new watch there is, is the standby's.
  const before = await readProcessFigures(standby.child.pid);
  const fromMs = Date.now();
  await systemClock.sleep(SECONDS * 1000, never);
  const after = await readProcessFigures(standby.child.pid);
  const toMs = Date.now();
  const ownMegabytes = await readOwnMegabytes(standby.child.pid);
  const asked = (await audited.requests()).filter(({ requestReceivedTimestamp }) => {
    const atMs = Date.parse(requestReceivedTimestamp);
    return atMs >= fromMs && atMs <= toMs;
  });
  const lists = asked.filter(({ verb }) => verb === "list");
  const watches = asked.filter(({ verb, requestURI }) => verb === "watch" && !requestURI.includes("/leases"));
  const core = (after.cpuMs - before.cpuMs) / (toMs - fromMs);
  await recordReplicaRow({
    scenario: "what a standby costs",
    runs: 1,
    gapsMs: [],
    events: null,
    lost: null,
    copies: null,
    extra: null,
    note:
      `${after.residentMegabytes} MB (${ownMegabytes} its own), ${
        (core * 100).toFixed(2)
      } % of a core, ${lists.length} lists, ` +
      `${watches.length} watches in ${SECONDS} s`,
  });
  assert.deepEqual([lists, watches], [[], []]);
  assert.ok(ownMegabytes <= LIMIT_OWN_MB, `${ownMegabytes} MB of its own`);
  assert.ok(after.residentMegabytes <= LIMIT_MB, `${after.residentMegabytes} MB`);
  assert.ok(core <= LIMIT_CORE * LOADED, `${core * 100} % of a core`);
});

/** What a process has in memory that no file backs. */
async function readOwnMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) / 102.4) / 10;
}

if (LONG) {
  Deno.test("replicas: two Deployments with one id are told of, each with a Lease of its own", async () => {
    await using plane = await replicaPlane();
    await using rig = await openReplicaRig(plane);
    const leases = LEASE_PATH.slice(0, LEASE_PATH.lastIndexOf("/"));
    await plane.request("POST", leases, { metadata: { name: "other" } });
    await plane.kubectl(["create", "clusterrolebinding", "all", "--clusterrole=cluster-admin"].concat(
      `--serviceaccount=${AGENT_NAMESPACE}:agent`,
    ));
    await using one = await rig.start("one");
    await using other = await rig.start("other", {
      replicas: { lease_name: "other" },
      state: { configmap: { name: "other-state" } },
    });
    await watchingLeader(rig, [one]);
    await watchingLeader(rig, [other]);
    const clashes = () =>
      Promise.all([one, other].map((replica) => replica.metric("agent_cluster_identity_clashes_total")));
    await eventually("one of them tells", async () => (await clashes()).some((count) => count > 0), 180_000);
    await recordReplicaRow({
      scenario: "two Deployments with one id",
      runs: 1,
      gapsMs: [],
      events: null,
      lost: null,
      copies: null,
      extra: null,
      note: "told as other_agent after two minutes",
    });
  });
}
