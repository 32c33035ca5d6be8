import "../support/ignore_stray_socket_errors.ts";
import assert from "node:assert/strict";
import { HTTP } from "cloudevents";
import { startSandboxApi } from "../../sandbox/api/sandbox_api.ts";
import { startNatsServer } from "../../sandbox/nats_server.ts";
import { type CollectedMessage, collectNats } from "../support/collect_nats.ts";
import { putFault } from "../support/pipeline_rig.ts";
import { headersIn, parseContractDocument, readContractText } from "../support/read_contract_document.ts";
import { runTestAgent } from "../support/run_test_agent.ts";

const LIMIT_MS = 60_000;
const CONFIG = { cluster_id: "prod", metrics_interval: "30s", objects: { enabled: false }, events: { backlog: "all" } };

/** What is on the bus after a fault and a command: an event, a report and a result. */
async function say(cloudEvents: boolean): Promise<readonly CollectedMessage[]> {
  await using nats = await startNatsServer();
  await using api = await startSandboxApi();
  await using collector = await collectNats(nats.url, ["agent.>"]);
  putFault(api, { pod: "web-0" });
  await using _agent = await runTestAgent(api, {
    ...CONFIG,
    central_endpoint: nats.url,
    nats: { cloud_events: cloudEvents },
  });
  await collector.waitFor("the event", ({ subject }) => subject === "agent.event.prod", LIMIT_MS);
  await collector.waitFor("the report", ({ subject }) => subject === "agent.metrics.prod", LIMIT_MS);
  const command = { id: "c-1", type: "diagnostic", tool: "df", action: "-h", args: [] };
  collector.connection.publish("agent.command.prod", JSON.stringify(command));
  await collector.waitFor("the result", ({ subject }) => subject === "agent.result.prod", LIMIT_MS);
  return collector.messages.filter(({ subject }) => /^agent\.(event|metrics|result)\./.test(subject));
}

Deno.test("cloud events: events, reports and results are CloudEvents with the ids that they have", async () => {
  const contract = await parseContractDocument(await readContractText());
  for (const { subject, headers, json } of await say(true)) {
    const declared = headersIn(contract, subject.split(".")[1] ?? "");
    assert.deepEqual(Object.keys(headers).filter((name) => !declared.has(name)), [], subject);
    const { "ce-datacontenttype": contentType = "", ...rest } = headers;
    const read = HTTP.toEvent({ headers: { ...rest, "content-type": contentType }, body: JSON.stringify(json) });
    assert.ok(!Array.isArray(read));
    assert.equal(read.id, headers["Nats-Msg-Id"], subject);
    assert.equal(`${read.type}.prod`, subject);
    assert.deepEqual(read.data, json);
  }
});

Deno.test("cloud events: they have no such header unless they are asked for", async () => {
  for (const { subject, headers } of await say(false)) {
    assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith("ce-")), [], subject);
  }
});
