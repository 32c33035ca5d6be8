import type { Config } from "../src/config/config_schema.ts";
import type { KubeClient } from "../src/kube/kube_client.ts";
import type { KubeAccessOptions } from "../src/kube/open_kube_access.ts";
import type { FailureKind } from "../src/lifecycle/errors.ts";

/** What one look at a server showed. */
export interface ConnectionCheck {
  /** What was tried: `nats connect`, `list nodes`. */
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; absent where nothing has to be done. */
  readonly remedy?: string;
  /** What the exit code says where `ok` is false. */
  readonly failure?: FailureKind;
}

/** The ports through which `validate-config --connect` reaches the servers. */
export interface ConnectionChecks {
  /** Connects, authorises and, with JetStream, looks at the stream. Failures are results; rejects only on abort. */
  checkNats(config: Config, signal: AbortSignal): Promise<readonly ConnectionCheck[]>;
  /** Opens a client as `agent run` would; rejects where there is no access to be found. */
  openKube(access: KubeAccessOptions): Promise<OpenedKube>;
}

/** A client, and the namespace that the agent is in. */
export interface OpenedKube {
  readonly client: Pick<KubeClient, "server" | "request" | "close">;
  readonly ownNamespace: string;
}
