import type { Agent } from "node:http";

/** What one request to the API server needs beyond its path. */
export interface KubeCredentials {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/** A way to the API server: where it is, and credentials that are never older than they may be. */
export interface KubeAccess {
  /** Base URL without a trailing slash. */
  readonly server: string;
  /** `in-cluster` or `kubeconfig`, with the file it came from: for status pages and messages, no secrets. */
  readonly source: string;
  /** The namespace that the credentials belong to, where that is known. */
  readonly namespace: string | null;
  /** `fresh` asks for credentials read anew: the last ones were refused. */
  credentials(fresh: boolean): Promise<KubeCredentials>;
  close(): void;
}
