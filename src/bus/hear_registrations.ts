import type { Subscription } from "@nats-io/transport-node";
import type { Service } from "../lifecycle/service.ts";
import { type AgentInfo, agentInfoSchema } from "../wire/agent_info.ts";
import type { BusConnection, BusSession } from "./connection.ts";

interface HearRegistrationsOptions {
  readonly connection: BusConnection;
  /** The agent's own register subject. */
  readonly subject: string;
  readonly onHeard: (info: AgentInfo) => void;
}

/** Far above any registration: what is larger is not one. */
const SIZE_LIMIT = 16 * 1024;

/**
 * Listens to the agent's own register subject: whoever else registers there uses the same cluster id. A user that
 * may not subscribe hears of nobody and is no less ready for it: where agents share an account, a user that may publish and
 * hear one subject could answer itself on any other (deploy/nats/accounts.conf).
 */
export function createRegistrationListener({ connection, subject, onHeard }: HearRegistrationsOptions): Service {
  return {
    name: "registration_listener",
    async run(signal) {
      const stopped = new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      let subscribed: BusSession | null = null;
      let subscription: Subscription | null = null;
      while (!signal.aborted) {
        const session = connection.session();
        if (session !== null && session !== subscribed) {
          subscribed = session;
          subscription = session.nats.subscribe(subject, {
            callback: (error, message) => {
              if (error !== null || message.data.length > SIZE_LIMIT) return;
              const info = decodeInfo(message.string());
              if (info !== null) onHeard(info);
            },
          });
        }
        await Promise.race([connection.changed(), stopped]);
      }
      subscription?.unsubscribe();
    },
  };
}

/** Anybody who may publish there can invent a registration; what is quoted of one in a report is printable ASCII. */
function isPlain({ cluster_id, cluster_uid, instance, start_time }: AgentInfo): boolean {
  return [cluster_id, cluster_uid ?? "", instance ?? "", start_time].every((text) => /^[\x21-\x7e]{0,128}$/.test(text));
}

function decodeInfo(text: string): AgentInfo | null {
  try {
    const parsed = agentInfoSchema.safeParse(JSON.parse(text));
    return parsed.success && isPlain(parsed.data) ? parsed.data : null;
  } catch {
    return null;
  }
}
