import { connectNats } from "../../src/bus/connect_nats.ts";
import { explainNatsError, failureOf, natsTargetOf } from "../../src/bus/nats_error.ts";
import type { Config } from "../../src/config/config_schema.ts";
import { createKubeHttpClient } from "../../src/kube/kube_http_client.ts";
import { type KubeAccessOptions, openKubeAccess } from "../../src/kube/open_kube_access.ts";
import { hideUrlPassword } from "../../src/lifecycle/hide_url_password.ts";
import { readBuildInfo } from "../build_info.ts";
import { busOptionsOf } from "../../src/agent/bus_options_of.ts";
import { checkStreams } from "./check_streams.ts";
import type { ConnectionCheck, OpenedKube } from "../connection_check.ts";

/** Connects to NATS once, as the agent would; with JetStream it looks at the streams too. */
export async function checkNats(config: Config, signal: AbortSignal): Promise<readonly ConnectionCheck[]> {
  const check = "nats connect";
  const servers = hideUrlPassword(config.central_endpoint.join(","));
  const bus = busOptionsOf(config);
  try {
    const connection = await connectNats({ ...bus, name: "agent-validate-config" });
    try {
      await connection.flush();
      const version = connection.info?.version ?? "of an unknown version";
      const connected = { check, ok: true, detail: `${connection.getServer()} is nats-server ${version}` };
      const streams = config.nats.delivery === "jetstream" ? await checkStreams(connection, config) : [];
      return [connected, ...streams];
    } finally {
      await connection.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    const { kind, message } = explainNatsError(error, { ...natsTargetOf(bus), servers: [] });
    return [{ check, ok: false, detail: `${servers}: ${hideUrlPassword(message)}`, failure: failureOf(kind) }];
  }
}

/** Opens a client to the API server, with the credentials that `agent run` would take. */
export async function openKube(options: KubeAccessOptions): Promise<OpenedKube> {
  const access = await openKubeAccess(options);
  const userAgent = `agent/${readBuildInfo().version}`;
  return { client: createKubeHttpClient({ access, userAgent }), ownNamespace: access.namespace ?? "default" };
}
