import { classify } from "../events/classify.ts";
import { createCheckpointSaver } from "../events/checkpoint/checkpoint_saver.ts";
import { readCheckpoint } from "../events/checkpoint/read_checkpoint.ts";
import { compileRules, type RuleSet } from "../events/compile_rules.ts";
import { createEventPipeline, type EventPipeline } from "../events/create_event_pipeline.ts";
import type { Backlog, EventWatcher } from "../events/event_watcher.ts";
import type { Config } from "../config/config_schema.ts";
import type { Condition } from "../health/health_state.ts";
import { AgentError } from "../lifecycle/errors.ts";
import type { ServiceEntry } from "../lifecycle/run_services.ts";
import type { AgentContext } from "./agent_context.ts";
import { createCheckpointStoreFor } from "./state_stores.ts";

/** kube-apiserver's default --event-ttl. Some distributions keep events longer; then this errs on the loud side. */
const EVENT_LIFETIME_MS = 3_600_000;

/** The watch over events and what keeps its place: the saver stops after the outbox has drained, so it comes first. */
export interface EventServices {
  readonly saver: ServiceEntry | null;
  readonly watcher: ServiceEntry & { readonly service: EventWatcher };
  readonly noteGap: EventPipeline["noteGap"];
  /** Whether the checkpoint is kept; nothing without one. */
  readonly conditions: () => readonly Condition[];
}

/** Builds the services of the event watch, going on from the checkpoint where there is one. */
export async function createEventServices(context: AgentContext, signal: AbortSignal): Promise<EventServices> {
  const { config, clock, metrics, clusterId } = context;
  const rules = rulesOf(config);
  const store = createCheckpointStoreFor(context, clusterId);
  const checkpoint = store === null ? null : await readCheckpoint(store, signal);
  const pipeline = createEventPipeline({
    client: context.client,
    clock,
    metrics,
    tracing: context.tracing,
    outbox: context.outbox,
    clusterId,
    subject: context.subject("event"),
    eventLifetimeMs: EVENT_LIFETIME_MS,
    classify: (event) => classify(rules, event, { unknownWarnings: config.events.unknown_warnings }),
    includedNamespaces: config.events.namespaces.include,
    excludedNamespaces: config.events.namespaces.exclude,
    repeatWindowMs: config.events.repeat_window,
    backlog: backlogOf(config.events.backlog),
    checkpoint,
  });
  const saver = store === null ? null : createCheckpointSaver({ store, clock, capture: pipeline.capture });
  return {
    saver: saver === null ? null : { service: saver, stopMs: 1_000, onFailure: "restart" },
    watcher: { service: pipeline.watcher, stopMs: 500, onFailure: "restart" },
    noteGap: pipeline.noteGap,
    conditions: () => saver === null ? [] : [checkpointCondition(saver.trouble())],
  };
}

function checkpointCondition(trouble: string | null): Condition {
  return trouble === null
    ? { name: "checkpoint", ok: true, detail: "is kept" }
    : { name: "checkpoint", ok: false, detail: `a restart now would repeat reports: ${trouble}` };
}

function backlogOf(backlog: Config["events"]["backlog"]): Backlog {
  return typeof backlog === "number" ? { kind: "last", ms: backlog } : { kind: backlog };
}

/** The loader of the configuration has refused rules that do not work. */
function rulesOf(config: Config): RuleSet {
  const compiled = compileRules(config.events.rules, () => null);
  if (compiled.kind === "ok") return compiled.rules;
  const problems = compiled.problems.map(({ id, message }) => `rule ${id}: ${message}`);
  throw new AgentError("bad_configuration", problems.join("\n"));
}
