import { judgeStream, neededDuplicateWindow } from "../../src/bus/judge_stream.ts";
import { findSubjectStream } from "../../src/bus/stream_facts.ts";
import type { Config } from "../../src/config/config_schema.ts";
import { subjectFor, type SubjectKind } from "../../src/wire/subject.ts";
import { subjectToken } from "../../src/wire/subject_token.ts";
import type { ConnectionCheck } from "../connection_check.ts";
import type { CliBus } from "./open_bus.ts";

/** The usual `max_payload`, for a server that does not say its own. */
const USUAL_MAX_PAYLOAD = 1024 * 1024;

/**
 * Looks at the stream of each subject that waits for acknowledgements. Registrations and heartbeats are news for an
 * instant and go without. Where the id is detected, a stream for all ids is looked for.
 */
export async function checkStreams(nats: CliBus, config: Config): Promise<readonly ConnectionCheck[]> {
  const { backlog } = config.events;
  const backlogMs = typeof backlog === "number" ? backlog : backlog === "skip" ? 0 : Infinity;
  const duplicateWindow = neededDuplicateWindow(config.state.kind !== "none", backlogMs);
  const checks: ConnectionCheck[] = [];
  for (const subject of acknowledgedSubjects(config)) {
    const need = {
      subject,
      stream: config.nats.stream,
      duplicateWindow,
      maxPayload: nats.info?.max_payload ?? USUAL_MAX_PAYLOAD,
    };
    for (const { ok, ...words } of judgeStream(await findSubjectStream(nats, subject, need.stream), need)) {
      checks.push({ check: `stream for ${subject}`, ok, ...words, ...(ok ? {} : { failure: "failed" }) });
    }
  }
  return checks;
}

/** What goes through the outbox, on the subjects that the configuration makes. */
function acknowledgedSubjects(config: Config): readonly string[] {
  const kinds: SubjectKind[] = [config.events.batch.max_events > 1 ? "events" : "event"];
  if (config.enable_metrics) kinds.push("metrics");
  if (config.enable_commands) kinds.push("result");
  const clusterId = config.cluster_id.trim() === "" ? "*" : subjectToken(config.cluster_id.trim());
  const options = { prefix: config.subject_prefix, template: config.subject_template };
  return kinds.map((kind) => subjectFor(kind, clusterId, options));
}
