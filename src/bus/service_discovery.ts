import type { Service } from "../lifecycle/service.ts";
import type { AgentInfo } from "../wire/agent_info.ts";
import type { BusConnection, BusSession } from "./connection.ts";

interface ServiceDiscoveryOptions {
  readonly connection: BusConnection;
  readonly agentInfo: () => AgentInfo;
  /** Where the agent takes commands; `null` where it takes none. */
  readonly commandSubject: string | null;
}

/** The name by which `nats micro ls` lists the agents. */
const NAME = "agent";
const VERBS = ["PING", "INFO", "STATS"] as const;
type Verb = (typeof VERBS)[number];
/** A description of the protocol: https://github.com/nats-io/nats-architecture-and-design, ADR-32. */
const TYPES: Readonly<Record<Verb, string>> = {
  PING: "io.nats.micro.v1.ping_response",
  INFO: "io.nats.micro.v1.info_response",
  STATS: "io.nats.micro.v1.stats_response",
};

/**
 * Answers the discovery of the NATS service API, so that `nats micro ls` finds the agents of a bus. Anybody may answer
 * such a question with any name, so nothing of ours believes the answers: the state of the fleet comes from subjects that
 * only their owner may publish. A user that may not subscribe to `$SRV.>` is not found, and is no less ready for it.
 */
export function createServiceDiscovery(options: ServiceDiscoveryOptions): Service {
  const { connection } = options;
  const startedAt = new Date().toISOString();

  function subscribe(session: BusSession): void {
    const { instance } = options.agentInfo();
    for (const verb of VERBS) {
      for (const subject of subjectsOf(verb, instance ?? "")) {
        session.tolerateRefusal(subject);
        session.nats.subscribe(subject, {
          callback: (error, message) => {
            if (error !== null || !message.reply) return;
            message.respond(JSON.stringify(answerOf(verb, options, startedAt)));
          },
        });
      }
    }
  }

  return {
    name: "service_discovery",
    async run(signal) {
      const stopped = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      let subscribed: BusSession | null = null;
      while (!signal.aborted) {
        const session = connection.session();
        if (session !== null && session !== subscribed) {
          subscribed = session;
          subscribe(session);
        }
        await Promise.race([connection.changed(), stopped]);
      }
    },
  };
}

/** All agents, those of this name, and this one alone. */
function subjectsOf(verb: Verb, instance: string): readonly string[] {
  const base = `$SRV.${verb}`;
  return instance === "" ? [base, `${base}.${NAME}`] : [base, `${base}.${NAME}`, `${base}.${NAME}.${instance}`];
}

function answerOf(verb: Verb, options: ServiceDiscoveryOptions, startedAt: string): Record<string, unknown> {
  const info = options.agentInfo();
  const identity = {
    type: TYPES[verb],
    name: NAME,
    id: info.instance ?? "",
    version: semanticVersion(info.version),
    metadata: { cluster_id: info.cluster_id, cluster_name: info.cluster_name ?? "", provider: info.provider ?? "" },
  };
  const endpoint = { name: "commands", subject: options.commandSubject, queue_group: "" };
  const endpoints = options.commandSubject === null ? [] : [endpoint];
  switch (verb) {
    case "PING":
      return identity;
    case "INFO":
      return {
        ...identity,
        description: "Reports a Kubernetes cluster's faults and runs diagnostic commands",
        endpoints,
      };
    case "STATS":
      return { ...identity, started: startedAt, endpoints };
  }
}

/** The service API wants a version of three numbers; a build without one says 0.0.0. */
function semanticVersion(version: string): string {
  return /^\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]*)?$/.test(version) ? version : "0.0.0";
}
