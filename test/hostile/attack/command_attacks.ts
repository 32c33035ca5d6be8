import { randomUUID } from "node:crypto";
import { stat } from "node:fs/promises";
import { jetstreamManager } from "@nats-io/jetstream";
import { createUser } from "@nats-io/nkeys";
import { eventually } from "../../../sandbox/eventually.ts";
import type { HostileRig } from "../hostile_rig.ts";
import type { Attack } from "./attack.ts";

const LIST_PODS = ["kubectl", "get", "pods", "-n", "default"];
/** A tool that keeps a runner busy: what a slow API server does to kubectl. */
const NAP = { name: "nap", path: "/bin/sleep", verbs: [{ name: "20" }] };
const times = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Ordinary commands, one after another: how many were not answered, and what of them the audit log does not hold. */
async function ordinaryCommands(rig: HostileRig, count: number): Promise<{ lost: number; problems: string[] }> {
  const results = [];
  for (const _ of times(count)) results.push(await rig.command(LIST_PODS, 150_000));
  const answered = results.filter((result) => result !== null);
  const ids = answered.map(({ command_id }) => command_id);
  const audited = async () => {
    const log = await rig.audit();
    return ids.every((id) => log.includes(id));
  };
  const whole = await eventually("the audit log has every command", audited, 5_000).catch(() => false);
  return { lost: count - answered.length, problems: whole ? [] : ["answered commands are not in the audit log"] };
}

function pods(count: number, bytes: number) {
  return times(count).map((index) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `bulk-${index}` },
    spec: { containers: [{ name: "a", image: "a", env: [{ name: "A", value: "v".repeat(bytes) }] }] },
  }));
}

/** What anybody who may publish commands can do, without a key. */
export const COMMAND_ATTACKS: readonly Attack[] = [
  {
    id: "unresolved-names",
    name: "90 commands for names that never resolve",
    silentResolver: true,
    async play(rig) {
      const sent = 90;
      for (const index of times(sent)) rig.publishCommand(["curl", "-I", `http://h${index}.blackhole.example/`]);
      await rig.nats.flush();
      const { lost, problems } = await ordinaryCommands(rig, 5);
      return { sent, lost, problems };
    },
  },
  {
    id: "large-headers",
    name: "120 messages with headers of 900 kB behind a slow command",
    config: { commands: { concurrency: 1, tools: [NAP] } },
    async play(rig) {
      const sent = 120;
      rig.publishCommand(["nap", "20"]);
      const headers = { "X-Padding": "h".repeat(900_000) };
      for (const _ of times(sent)) {
        rig.publishCommand(LIST_PODS, { headers });
        await rig.nats.flush();
      }
      const first = await rig.command(LIST_PODS, 60_000);
      const { lost, problems } = await ordinaryCommands(rig, 2);
      // A server cuts off whoever does not keep up, with all that waits for it: the agent can only say that it was so.
      const told = Math.min(1, await rig.metric("agent_nats_reconnects_total"));
      return { sent, lost: lost + (first === null ? 1 : 0), told, problems };
    },
  },
  {
    id: "slow-redaction",
    name: "objects whose redaction takes time quadratic in their length",
    async play(rig) {
      const atoms = ["_pwd=[", "_pwd=<", "_pwd={", "_pwd=${", "_pwd=$(", "_pwd=/etc/", "_pwd=|"];
      await rig.create(
        "/api/v1/configmaps",
        atoms.map((atom, index) => ({
          metadata: { name: `slow-${index}` },
          data: { a: atom.repeat(Math.floor(900_000 / atom.length)) },
        })),
      );
      const commands = times(atoms.length).map((index) => ["configmap", `slow-${index}`]);
      let lost = 0;
      for (const operands of commands) {
        const words = ["kubectl", "get", ...operands, "-n", rig.namespace, "-o", "yaml"];
        if (await rig.command(words, 60_000) === null) lost++;
      }
      return { sent: commands.length, lost };
    },
  },
  {
    id: "index-unions",
    name: "a JSONPath of unions of indices",
    async play(rig) {
      await rig.create("/api/v1/pods", pods(1, 100));
      const union = (count: number) => `[${times(count).fill(0).join(",")}]`;
      const path = `{.items${union(160)}.spec.containers${union(160)}.env${union(100)}.zzz}`;
      const sent = 4;
      const answers = await Promise.all(
        times(sent).map(() =>
          rig.command(["kubectl", "get", "pods", "-n", rig.namespace, "-o", `jsonpath=${path}`], 60_000)
        ),
      );
      return { sent, lost: answers.filter((answer) => answer === null).length };
    },
  },
  {
    id: "large-list",
    name: "lists of 40 pods of a megabyte, four at a time",
    async play(rig) {
      await rig.create("/api/v1/pods", pods(40, 1_000_000));
      const outputs = ["name", "json", "wide", "yaml"];
      const answers = await Promise.all(
        outputs.map((output) => rig.command(["kubectl", "get", "pods", "-n", rig.namespace, "-o", output], 120_000)),
      );
      return { sent: outputs.length, lost: answers.filter((answer) => answer === null).length };
    },
  },
  {
    id: "reply-subjects",
    name: "commands whose reply subject is somebody else's",
    jetstream: true,
    async play(rig) {
      const elsewhere = ["agent.result.prod-us-1", "agent.event.prod-us-1", "$JS.API.STREAM.PURGE.AGENT", "elsewhere"];
      for (const reply of elsewhere) rig.publishCommand(LIST_PODS, { reply });
      rig.publishCommand(LIST_PODS, { reply: "agent.command.prod-us-1" });
      const { lost, problems } = await ordinaryCommands(rig, 2);
      const missing = await rig.missing(5);
      const { state } = await (await jetstreamManager(rig.nats)).streams.info("AGENT");
      return {
        sent: elsewhere.length + 1,
        lost: lost + missing,
        problems: [
          ...problems,
          ...elsewhere.filter((subject) => rig.subjects.includes(subject)).map((subject) =>
            `it publishes on ${subject}`
          ),
          ...(state.messages < 5 ? ["the stream was purged"] : []),
        ],
      };
    },
  },
  {
    id: "results-without-stream",
    name: "30 commands with results of a megabyte that no stream takes",
    jetstream: true,
    async play(rig) {
      await rig.create("/api/v1/pods", pods(1, 1_000_000));
      const sent = 30;
      const ids = times(sent).map(() =>
        rig.publishCommand(["kubectl", "get", "pods", "-n", rig.namespace, "-o", "json"], {
          reply: `_INBOX.${randomUUID()}`,
        })
      );
      await rig.nats.flush();
      const left = () => ids.filter((id) => !rig.results.has(id)).length;
      await eventually("each is answered", () => left() === 0, 240_000).catch(() => {});
      return { sent, lost: left() + await rig.missing(5) };
    },
  },
  {
    id: "audit-flood",
    name: "unsigned commands with long names, as fast as they go, for ten seconds",
    config: {
      commands: { require_signature: true, trusted_keys: [{ name: "ops", public_key: createUser().getPublicKey() }] },
    },
    async play(rig) {
      const limit = 16 * 1024 * 1024;
      const long = "\u{1F4A3}".repeat(128);
      const until = performance.now() + 10_000;
      let sent = 0;
      while (performance.now() < until) {
        for (const _ of times(100)) rig.publishCommand([long, long, long]);
        sent += 100;
        await rig.nats.flush();
      }
      const lost = await rig.missing(5);
      const { size } = await stat(rig.dir.file("audit.log"));
      return {
        sent,
        lost,
        problems: size > limit ? [`the audit log has grown to ${Math.round(size / 2 ** 20)} MiB`] : [],
      };
    },
  },
];
