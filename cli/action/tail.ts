import { isUpdate, type Report, subscribeReports } from "../../src/bus/subscribe_events.ts";
import type { Override } from "../../src/config/origin.ts";
import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import { type Severity, severityRank } from "../../src/wire/severity.ts";
import { clusterOfSubject, subjectFor } from "../../src/wire/subject.ts";
import type { CliContext } from "../cli_context.ts";
import { formatEventLine } from "../event_line.ts";
import { updateLine } from "../incident_line.ts";
import { createIncidentNews, type IncidentNews } from "../incident_news.ts";
import { jsonLine } from "../printable.ts";
import { openBus } from "./open_bus.ts";

export interface TailOptions {
  readonly config?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly severity?: Severity;
  /** Not each event, but what becomes of incidents. */
  readonly incidents: boolean;
  readonly output: "text" | "json";
  readonly flags: readonly Override[];
}

/** Prints events, and what becomes of incidents, as they come, until a signal ends it. */
export async function runTail(context: CliContext, options: TailOptions): Promise<void> {
  const { nats, config } = await openBus(context, { ...options, purpose: "tail" });
  const layout = { prefix: config.subject_prefix, template: config.subject_template };
  const of = (kind: "event" | "events" | "update") => subjectFor(kind, options.cluster ?? "*", layout);
  const updates = of("update");
  const subjects = [of("event"), of("events"), updates];
  const say = (text: string) => void context.stderr.write(`${text}\n`);
  say(`Listening on ${subjects.slice(0, -1).join(", ")} and ${updates}; Ctrl-C ends it`);
  const printer = createPrinter(context, options);
  try {
    const reports = subscribeReports(nats, {
      subjects,
      clusterOf: (subject) => clusterOfSubject(subject, layout),
      isUpdateSubject: (subject) => subjectFor("update", clusterOfSubject(subject, layout) ?? "", layout) === subject,
      onForeign: (subject) => say(`A message on ${subject} names another cluster and is left out`),
      onUnreadable: (subject) => say(`A message on ${subject} is no event`),
      onDropped: (dropped) => say(`${dropped} events are left out: they come faster than they are read here`),
      onRefused: (subject) =>
        say(
          `NATS does not let this user hear ${subject}` +
            (subject === updates ? "; the ends of incidents are not shown" : "; add it to the user's permissions"),
        ),
    }, context.signal);
    for await (const report of reports) {
      for (const line of printer(report)) context.stdout.write(line);
    }
  } catch (error) {
    throw new AgentError("unreachable", `The NATS connection ended: ${errorMessage(error)}`, { cause: error });
  } finally {
    await nats.close().catch(() => {});
  }
}

/** Makes the lines of a report. JSON has events alone unless incidents are asked for: programs read it. */
function createPrinter(context: CliContext, options: TailOptions): (report: Report) => readonly string[] {
  const { incidents, output } = options;
  const worst = options.severity === undefined ? Infinity : severityRank(options.severity);
  const colour = context.stdout.isTTY === true && !context.env.NO_COLOR;
  const news = createIncidentNews();
  return (report) => {
    if (isUpdate(report)) {
      if ("severity" in report && severityRank(report.severity) > worst) return [];
      if (output === "json") return incidents ? [jsonLine(report)] : [];
      const line = updateLine(report, { colour });
      return line === null ? [] : [`${line}\n`];
    }
    if (severityRank(report.severity) > worst) return [];
    if (output === "json") return !incidents || report.incident?.reports === 1 ? [jsonLine(report)] : [];
    return textLines(report, { colour, incidents, news });
  };
}

function textLines(
  event: Exclude<Report, { readonly kind: string }>,
  { colour, incidents, news }: { readonly colour: boolean; readonly incidents: boolean; readonly news: IncidentNews },
): readonly string[] {
  const lines = news.take(event, { colour }).map((line) => `${line}\n`);
  return incidents ? lines : [`${formatEventLine(event, { colour, cluster: true })}\n`, ...lines];
}
