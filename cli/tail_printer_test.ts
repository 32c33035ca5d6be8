import assert from "node:assert/strict";
import type { Update } from "../src/wire/update.ts";
import { updateLine } from "./incident_line.ts";
import { createTailPrinter } from "./tail_printer.ts";

const EVIDENCE: Update = {
  id: "evidence-1",
  cluster_id: "prod",
  timestamp: "2026-11-30T10:00:01Z",
  kind: "evidence",
  incident_id: "5f0c6a9be3d21477-hrk2p",
  evidence: { log: { lines: "cache full\n\u001b[2J" } },
  omitted: [],
  cost: { requests: 1, bytes: 1, duration: 1 },
  truncated: false,
};

function printed(incidents: boolean): readonly string[] {
  let text = "";
  const stdout = { isTTY: true, columns: 60, write: (more: string) => (text += more) !== "" };
  const printer = createTailPrinter({ stdout, env: { NO_COLOR: "1" } }, {
    output: "text",
    cluster: null,
    date: false,
    incidents,
  });
  printer.printUpdate(EVIDENCE);
  return text.split("\n").map((line) => line.replace(/^\d\d:\d\d:\d\d/, "hh:mm:ss"));
}

Deno.test("tail: evidence has its digest folded below it, which can't steer the terminal; --incidents has one line", () => {
  const line = "hh:mm:ss evidence incident 5f0c6a9be3d21477-hrk2p: log";
  assert.deepEqual(printed(false), [
    line,
    "         log      cache full",
    "         log      \ufffd[2J",
    "",
  ]);
  assert.deepEqual(printed(true), [line, ""]);
});

Deno.test("tail: on a narrow terminal a long cluster id is cut, and the incident's id stays to be copied", () => {
  let text = "";
  const stdout = { isTTY: true, columns: 80, write: (more: string) => (text += more) !== "" };
  createTailPrinter({ stdout, env: { NO_COLOR: "1" } }, {
    output: "text",
    cluster: (id) => id,
    date: true,
    incidents: false,
  }).printUpdate({ ...EVIDENCE, cluster_id: "k8s-03f701bd-3721-429d-bede-29391030a05a" });
  assert.match(text, /^11-30 \d\d:\d\d:\d\d evidence k8s-03…0a05a incident 5f0c6a9be3d21477-hrk2p: log\n/);
});

Deno.test("tail: on a narrow terminal a long place is cut before the incident's id is", () => {
  const resolved: Update = {
    id: "u",
    cluster_id: "k8s-4419098c-b574",
    kind: "resolved",
    timestamp: "2026-11-30T14:03:07Z",
    ended_at: "2026-11-30T14:03:07Z",
    incident_id: "827b2ce03782a848-htlno",
    incident_key: "827b2ce03782a848",
    family: "place",
    severity: "high",
    opened_at: "2026-11-30T14:02:07Z",
    reports: 1,
    event_ids: [],
    namespace: "a-long-namespace",
    object: { kind: "Deployment", name: "with-a-long-name" },
    open_for: 60e9,
    proof: "ready",
    by: "objects",
  };
  const line = updateLine(resolved, { colour: false, width: 80, date: true, cluster: () => "k8s-4419098c" }) ?? "";
  assert.match(line, /^11-30 \S+ resolved k8s-4419098c \S+…\S+ incident 827b2ce03782a848-htlno /);
  assert.ok(line.length <= 80, line);
});
