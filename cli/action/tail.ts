import { subscribeEvents } from "../../src/bus/subscribe_events.ts";
import type { Override } from "../../src/config/origin.ts";
import { AgentError, errorMessage } from "../../src/lifecycle/errors.ts";
import { type Severity, severityRank } from "../../src/wire/severity.ts";
import { clusterOfSubject, subjectFor } from "../../src/wire/subject.ts";
import type { CliContext } from "../cli_context.ts";
import { formatEventLine } from "../event_line.ts";
import { jsonLine } from "../printable.ts";
import { openBus } from "./open_bus.ts";

export interface TailOptions {
  readonly config?: string;
  readonly context?: string;
  readonly cluster?: string;
  readonly severity?: Severity;
  readonly output: "text" | "json";
  readonly flags: readonly Override[];
}

/** Prints events as they come, until a signal ends it. */
export async function runTail(context: CliContext, options: TailOptions): Promise<void> {
  const { nats, config } = await openBus(context, { ...options, purpose: "tail" });
  const layout = { prefix: config.subject_prefix, template: config.subject_template };
  const subjects = (["event", "events"] as const).map((kind) => subjectFor(kind, options.cluster ?? "*", layout));
  const worst = options.severity === undefined ? Infinity : severityRank(options.severity);
  const colour = context.stdout.isTTY === true && !context.env.NO_COLOR;
  const notices = {
    onForeign: (subject: string) =>
      void context.stderr.write(`A message on ${subject} names another cluster and is left out\n`),
    onUnreadable: (subject: string) => void context.stderr.write(`A message on ${subject} is no event\n`),
    onDropped: (events: number) =>
      void context.stderr.write(`${events} events are left out: they come faster than they are read here\n`),
  };
  context.stderr.write(`Listening on ${subjects.join(" and ")}; Ctrl-C ends it\n`);
  try {
    for await (
      const event of subscribeEvents(nats, {
        subjects,
        clusterOf: (subject) => clusterOfSubject(subject, layout),
        ...notices,
      }, context.signal)
    ) {
      if (severityRank(event.severity) > worst) continue;
      context.stdout.write(
        options.output === "json" ? jsonLine(event) : `${formatEventLine(event, { colour, cluster: true })}\n`,
      );
    }
  } catch (error) {
    throw new AgentError("unreachable", `The NATS connection ended: ${errorMessage(error)}`, { cause: error });
  } finally {
    await nats.close().catch(() => {});
  }
}
