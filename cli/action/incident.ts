import { readPastReports } from "../../src/bus/read_history.ts";
import { type Report, subscribeReports } from "../../src/bus/subscribe_events.ts";
import type { Config } from "../../src/config/config_schema.ts";
import type { Override } from "../../src/config/origin.ts";
import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import { createSubjectReader } from "../../src/wire/read_subject.ts";
import { subjectFor } from "../../src/wire/subject.ts";
import type { CliContext } from "../cli_context.ts";
import { formatEventLine } from "../event_line.ts";
import { updateLine } from "../incident_line.ts";
import { createIncidentRecords, INCIDENT_ID, type IncidentRecord, openedAtOf } from "../incident_record.ts";
import { formatIncident } from "../incident_text.ts";
import { nextCommands } from "../next_commands.ts";
import { formatData } from "../output_form.ts";
import { columnsOf, type TableForm } from "../output_option.ts";
import { type CliBus, openBus } from "./open_bus.ts";
import { policyOf } from "./policy_of.ts";
import { resolveCluster } from "./resolve_cluster.ts";

interface IncidentOptions {
  readonly id: string;
  readonly config?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly stream?: string;
  readonly output: TableForm;
  readonly flags: readonly Override[];
}

const USUAL_STREAM = "AGENT_EVENTS";
/** A report may be stored a little before the minute that its incident is named after: clocks differ. */
const EARLIER_MS = 5 * 60_000;
/** So far back a key is looked for. */
const KEY_MS = 24 * 3_600_000;

/** Prints what is known of an incident: from the stream where there is one, else what passes until a signal ends it. */
export async function runIncident(context: CliContext, options: IncidentOptions): Promise<void> {
  if (!INCIDENT_ID.test(options.id)) {
    throw new AgentError(
      "bad_usage",
      `"${options.id}" is not the id of an incident; reports contain it as incident.id`,
    );
  }
  const { nats, config } = await openBus(context, { ...options, purpose: "incident" });
  try {
    const cluster = options.cluster === undefined ? "*" : await resolveCluster(nats, options.cluster);
    const place = placeOf(config, cluster);
    const records = createIncidentRecords(options.id);
    const missing = await readPast(context, nats, config, options, place, records.take);
    if (missing === null) return await printAll(context, options, config, records.all());
    context.stderr.write(`${missing}\nWhat passes from now on is shown; Ctrl-C ends it\n`);
    await follow(context, nats, options, place, records.take);
  } finally {
    await nats.close().catch(() => {});
  }
}

interface Place {
  readonly subjects: readonly string[];
  readonly clusterOf: (subject: string) => string | null;
  readonly isUpdateSubject: (subject: string) => boolean;
}

function placeOf(config: Config, cluster: string): Place {
  const layout = { prefix: config.subject_prefix, template: config.subject_template };
  const kinds = ["event", "events", "update"] as const;
  const updateCluster = createSubjectReader(["update"], layout);
  return {
    subjects: kinds.map((kind) => subjectFor(kind, cluster, layout)),
    clusterOf: createSubjectReader(kinds, layout),
    isUpdateSubject: (subject) => updateCluster(subject) !== null,
  };
}

/** Reads the stream; `null` once it was read, or why it can't be. */
async function readPast(
  context: CliContext,
  nats: CliBus,
  config: Config,
  options: IncidentOptions,
  { subjects, clusterOf, isUpdateSubject }: Place,
  take: (report: Report) => boolean,
): Promise<string | null> {
  const openedAtMs = openedAtOf(options.id);
  const nowMs = Date.now();
  let foreign = 0;
  try {
    const reports = readPastReports(
      nats,
      {
        stream: options.stream ?? (config.nats.stream || USUAL_STREAM),
        subjects,
        sinceMs: openedAtMs === null ? nowMs - KEY_MS : Math.min(openedAtMs, nowMs) - EARLIER_MS,
        untilMs: nowMs,
      },
      isUpdateSubject,
      { clusterOf, onForeign: () => foreign++ },
      context.signal,
    );
    for await (const report of reports) take(report);
  } catch (error) {
    if (options.stream !== undefined || !(error instanceof AgentError)) throw error;
    return errorMessage(error);
  }
  if (foreign > 0) {
    context.stderr.write(`${foreign} reports that name another cluster than their subject are left out\n`);
  }
  return null;
}

async function printAll(
  context: CliContext,
  options: IncidentOptions,
  config: Config,
  records: readonly IncidentRecord[],
): Promise<void> {
  if (records.length === 0) {
    throw new AgentError(
      "failed",
      `No report of the incident ${options.id} is in the stream; it may be older than that`,
    );
  }
  const policy = policyOf(config, context.env);
  const { output } = options;
  const colour = context.stdout.isTTY === true && !context.env.NO_COLOR;
  for (const record of records) {
    const last = record.events.at(-1);
    const commands = last === undefined ? [] : await nextCommands(last, policy);
    context.stdout.write(
      output === "json" || output === "yaml"
        ? formatData(output, {
          id: record.id,
          cluster_id: record.clusterId,
          events: record.events,
          updates: record.updates,
          commands,
        })
        : formatIncident(record, commands, { colour, width: columnsOf(context.stdout, output) }),
    );
  }
}

async function follow(
  context: CliContext,
  nats: CliBus,
  options: IncidentOptions,
  place: Place,
  take: (report: Report) => boolean,
): Promise<void> {
  const say = (text: string) => void context.stderr.write(`${text}\n`);
  const { output } = options;
  const layout = () => ({
    colour: context.stdout.isTTY === true && !context.env.NO_COLOR,
    cluster: (id: string) => id,
    width: columnsOf(context.stdout, output), // asked for each line: the window may have another size by now
  });
  try {
    const reports = subscribeReports(nats, {
      ...place,
      onForeign: (subject) => say(`A message on ${subject} names another cluster and is left out`),
      onUnreadable: (subject) => say(`A message on ${subject} is not an event`),
      onDropped: (dropped) => say(`${dropped} reports are left out: they come faster than they are read here`),
      onRefused: (subject) => say(`NATS does not let this user hear ${subject}; add it to the user's permissions`),
    }, context.signal);
    for await (const report of reports) {
      if (!take(report)) continue;
      const line = "kind" in report ? updateLine(report, layout()) : formatEventLine(report, layout());
      if (output === "json" || output === "yaml") context.stdout.write(formatData(output, report));
      else if (line !== null) context.stdout.write(`${line}\n`);
    }
  } catch (error) {
    throw new AgentError("unreachable", `The NATS connection ended: ${errorMessage(error)}`, { cause: error });
  }
}
