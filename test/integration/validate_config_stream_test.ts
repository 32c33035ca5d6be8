import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { checkNats } from "../../cli/action/connection_checks.ts";
import { parseConfig } from "../support/parse_config.ts";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "../../sandbox/nats_server.ts";

const MINUTE_NS = 60_000_000_000;
const SAMPLE = ["agent.event.*", "agent.events.*", "agent.metrics.*", "agent.result.*"];
const GOOD: Partial<StreamConfig> = { subjects: SAMPLE, duplicate_window: 60 * MINUTE_NS };
const WITH_ID = "cluster_id: prod\n";

interface Row {
  readonly name: string;
  readonly server?: NatsServerOptions;
  /** Absent: no stream at all. */
  readonly stream?: Partial<StreamConfig>;
  /** Messages that it holds already. */
  readonly stored?: number;
  /** What the configuration says besides `nats.delivery: jetstream`. */
  readonly config?: string;
  readonly nats?: string;
  /** `ok`, or what each of the checks that fail says. */
  readonly want: "ok" | readonly RegExp[];
}

const AGENT_AND_CENTRAL = (permissions: string) =>
  `authorization { users: [{user: central, password: p}, {user: agent, password: p, permissions: {${permissions}}}] }`;
const MINIMAL = AGENT_AND_CENTRAL('publish: ["agent.*.prod"], subscribe: ["agent.command.prod", "_INBOX.>"]');

const ROWS: readonly Row[] = [
  { name: "the sample stream fits", stream: GOOD, want: "ok" },
  {
    name: "a known id and a stream for it alone fit",
    stream: { ...GOOD, subjects: ["agent.*.prod"] },
    config: WITH_ID,
    want: "ok",
  },
  { name: "a stream of everything fits", stream: { ...GOOD, subjects: ["agent.>"] }, want: "ok" },
  {
    name: "no stream",
    want: ["event", "metrics", "result"].map((kind) =>
      new RegExp(`^stream for agent\\.${kind}\\.\\*: no stream takes .*; create one whose subjects cover it`)
    ),
  },
  {
    name: "a stream without the results",
    stream: { ...GOOD, subjects: SAMPLE.slice(0, 3) },
    want: [/^stream for agent\.result\.\*: no stream takes agent\.result\.\*; create/],
  },
  {
    name: "results are not looked at where commands are off",
    stream: { ...GOOD, subjects: SAMPLE.slice(0, 3) },
    config: "enable_commands: false\n",
    want: "ok",
  },
  {
    name: "batches have a subject of their own",
    stream: { ...GOOD, subjects: ["agent.event.*", "agent.metrics.*", "agent.result.*"] },
    config: "events: {batch: {max_events: 10}}\n",
    want: [/^stream for agent\.events\.\*: no stream/],
  },
  {
    name: "a stream for one cluster, and no id",
    stream: { ...GOOD, subjects: ["agent.*.prod"] },
    config: "enable_commands: false\nenable_metrics: false\n",
    want: [/covers only a part of agent\.event\.\* \(agent\.\*\.prod\); add agent\.event\.\* to its subjects/],
  },
  {
    name: "another stream than the configured one",
    stream: { ...GOOD, subjects: ["agent.event.*"] },
    nats: ", stream: OTHER",
    config: "enable_commands: false\nenable_metrics: false\n",
    want: [/is taken by AGENT, but nats\.stream is OTHER; set nats\.stream to AGENT, or move/],
  },
  {
    name: "the server's default duplicate window, without a checkpoint",
    stream: { subjects: ["agent.event.*"] },
    config: "enable_commands: false\nenable_metrics: false\n",
    want: [
      /AGENT drops copies for 2m, but one may come 15m later .*backlog.*; set duplicate_window to 15m or more: nats stream edit AGENT --dupe-window 15m/,
    ],
  },
  {
    name: "a window of ten minutes, with a checkpoint",
    stream: { subjects: ["agent.event.*"], duplicate_window: 10 * MINUTE_NS },
    config: "enable_commands: false\nenable_metrics: false\nstate: {kind: file}\n",
    want: "ok",
  },
  {
    name: "a full stream",
    stream: { ...GOOD, max_msgs: 1, discard: "new" },
    stored: 1,
    config: "enable_commands: false\nenable_metrics: false\n",
    want: [/AGENT is full \(max_msgs 1\); raise the limit, or set discard to old/],
  },
  {
    name: "a small max_msg_size",
    stream: { ...GOOD, max_msg_size: 1_000 },
    config: "enable_commands: false\nenable_metrics: false\n",
    want: [
      /takes messages up to 1000 bytes, the server up to 1048576: larger ones are dropped; set max_msg_size to -1/,
    ],
  },
  {
    name: "a stream that does not acknowledge",
    stream: { ...GOOD, no_ack: true },
    config: "enable_commands: false\nenable_metrics: false\n",
    want: [/does not acknowledge \(no_ack\); set no_ack to false/],
  },
  {
    name: "a server without JetStream",
    server: { jetstream: false },
    config: `${WITH_ID}enable_commands: false\nenable_metrics: false\n`,
    want: [/no stream takes agent\.event\.prod|JetStream is off/],
  },
  {
    name: "a user that may only publish is told what the stream must be",
    server: { config: MINIMAL },
    stream: { subjects: ["agent.>"] },
    config: WITH_ID,
    nats: ", user: agent, password_file: PASSWORD",
    want: "ok",
  },
  {
    name: "a user that may only publish, and another stream than the configured one",
    server: { config: MINIMAL },
    stream: { subjects: ["agent.>"] },
    config: `${WITH_ID}enable_commands: false\nenable_metrics: false\n`,
    nats: ", stream: OTHER, user: agent, password_file: PASSWORD",
    want: [/is taken by AGENT, but nats\.stream is OTHER/],
  },
  {
    name: "a user that may only publish, and no stream",
    server: { config: MINIMAL },
    config: `${WITH_ID}enable_commands: false\nenable_metrics: false\n`,
    nats: ", user: agent, password_file: PASSWORD",
    want: [/no stream takes agent\.event\.prod/],
  },
  {
    name: "a user that may not publish",
    server: { config: AGENT_AND_CENTRAL('publish: ["other"], subscribe: ["_INBOX.>"]') },
    stream: GOOD,
    config: `${WITH_ID}enable_commands: false\nenable_metrics: false\n`,
    nats: ", user: agent, password_file: PASSWORD",
    want: [
      /this user may not publish to agent\.event\.prod.*; allow publish agent\.event\.prod and subscribe _INBOX\.>/,
    ],
  },
];

/** Returns what counts its messages. */
async function addStream(server: NatsServer, { stream, stored = 0 }: Row): Promise<() => Promise<number>> {
  const connection = await connect({ servers: server.url, user: "central", pass: "p" });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "AGENT", ...stream });
  for (let count = 0; count < stored; count++) await connection.request("agent.event.other", "{}");
  return async () => {
    const { state } = await manager.streams.info("AGENT");
    await connection.close();
    return state.messages;
  };
}

async function configFor(url: string, row: Row, passwordFile: string) {
  const nats = (row.nats ?? "").replace("PASSWORD", passwordFile);
  const text = `central_endpoint: ${url}\nnats: {delivery: jetstream${nats}}\n${row.config ?? ""}`;
  return await parseConfig(text);
}

for (const row of ROWS) {
  Deno.test(`validate-config --connect, streams: ${row.name}`, async () => {
    await using server = await startNatsServer({ jetstream: true, ...row.server });
    const countStored = row.stream === undefined ? null : await addStream(server, row);
    const passwordFile = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(passwordFile, "p");
      const config = await configFor(server.url, row, passwordFile);
      const checks = await checkNats(config, new AbortController().signal);
      assert.equal(checks[0]?.check, "nats connect");
      assert.equal(checks[0]?.ok, true);
      assert.ok(checks.length > 1);
      const failed = checks.filter(({ ok }) => !ok);
      const said = failed.map(({ check, detail, remedy }) => `${check}: ${detail}; ${remedy}`);
      if (row.want === "ok") assert.deepEqual(said, []);
      else {
        assert.equal(said.length, row.want.length, said.join("\n"));
        for (const [index, words] of row.want.entries()) assert.match(said[index] ?? "", words);
      }
      assert.equal(await countStored?.() ?? 0, row.stored ?? 0, "looking stores nothing");
    } finally {
      await Deno.remove(passwordFile);
    }
  });
}
