import { jetstreamManager, type StreamConfig } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { FLEET_STREAMS } from "../fleet/fleet_stream.ts";
import { changesOf, type SettingChange, settingsOf, type StreamSettings } from "../fleet/plan_stream.ts";
import { AgentError, errorMessage } from "../lifecycle/errors.ts";
import { subjectFor, type SubjectOptions } from "../wire/subject.ts";

/** What has to be done for one stream of the fleet. */
export type StreamStep =
  | { readonly kind: "create"; readonly settings: StreamSettings }
  | { readonly kind: "change"; readonly settings: StreamSettings; readonly changes: readonly SettingChange[] }
  | { readonly kind: "keep"; readonly settings: StreamSettings };

interface FleetPlan {
  readonly steps: readonly StreamStep[];
  /** Other streams that hold subjects of the fleet: they are in the way, and are left to a person. */
  readonly inTheWay: readonly { readonly name: string; readonly subject: string }[];
}

const STREAM_NOT_FOUND = 10_059;

/** Compares what JetStream has with what the fleet needs. Rejects where JetStream can't be asked. */
export async function planFleetStreams(
  nats: NatsConnection,
  subjects: SubjectOptions,
  replicas: number,
): Promise<FleetPlan> {
  try {
    const manager = await jetstreamManager(nats);
    const steps: StreamStep[] = [];
    const inTheWay: { name: string; subject: string }[] = [];
    for (const stream of FLEET_STREAMS) {
      const plan = settingsOf(stream, subjects, replicas);
      if (plan.kind === "refused") throw new AgentError("bad_configuration", `Cannot plan the fleet: ${plan.reason}`);
      const now = await manager.streams.info(stream.name).catch((error) => {
        if (codeOf(error) === STREAM_NOT_FOUND) return null;
        throw error;
      });
      const { settings } = plan;
      if (now === null) steps.push({ kind: "create", settings });
      else {
        const changes = changesOf(settings, { ...now.config });
        steps.push(changes.length === 0 ? { kind: "keep", settings } : { kind: "change", settings, changes });
      }
      for (const kind of stream.kinds) {
        const subject = subjectFor(kind, "*", subjects);
        const found = await manager.streams.find(subject).catch(() => null); // none is what should be
        if (found !== null && found !== stream.name) inTheWay.push({ name: found, subject });
      }
    }
    return { steps, inTheWay };
  } catch (error) {
    throw error instanceof AgentError ? error : new AgentError(
      "unreachable",
      `Cannot ask JetStream about the streams of the fleet: ${
        errorMessage(error)
      }; the user needs the JetStream API, ` +
        "and the server `jetstream {}`",
      { cause: error },
    );
  }
}

/** Does one step. Rejects with what JetStream says. */
export async function applyStreamStep(nats: NatsConnection, step: StreamStep): Promise<void> {
  const manager = await jetstreamManager(nats);
  const { settings } = step;
  const config: Partial<StreamConfig> & { name: string } = JSON.parse(JSON.stringify(settings));
  try {
    if (step.kind === "create") await manager.streams.add(config);
    else if (step.kind === "change") await manager.streams.update(settings.name, config);
  } catch (error) {
    throw new AgentError("failed", `Cannot ${step.kind} the stream ${settings.name}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

function codeOf(error: unknown): number | null {
  return typeof error === "object" && error !== null && "code" in error && typeof error.code === "number"
    ? error.code
    : null;
}
