import type { Agent } from "node:http";

/** What one request to the API server needs beyond its path. */
export interface KubeCredentials {
  readonly agent: Agent;
  /** A list is one line each. */
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** A way to the API server: where it is, and credentials that are never older than they may be. */
export interface KubeAccess {
  /** Base URL without a trailing slash. */
  readonly server: string;
  /** `in-cluster` or `kubeconfig`, with the file it came from: for status pages and messages, no secrets. */
  readonly source: string;
  /** The namespace that the credentials belong to, where that is known. */
  readonly namespace: string | null;
  /**
   * Where another program finds the same credentials: one file, and the context in it. The path is `null` when the
   * context is merged from several files. `null`: they come from no kubeconfig.
   */
  readonly kubeconfig: { readonly path: string | null; readonly context: string } | null;
  /** `fresh` asks for credentials read anew: the last ones were refused. */
  credentials(fresh: boolean): Promise<KubeCredentials>;
  close(): void;
}
