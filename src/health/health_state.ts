/** One thing that must hold for the agent to be ready, and what is wrong when it does not. */
export interface Condition {
  readonly name: string;
  readonly ok: boolean;
  /** In words, with the remedy where there is one. */
  readonly detail: string;
}

/** What the health endpoints tell; asked anew at each request, so it is never stale. */
export interface HealthSource {
  /** Fails only where a restart helps. */
  live(): readonly Condition[];
  ready(): readonly Condition[];
  /** The whole status as plain JSON, without secrets. */
  status(): Readonly<Record<string, unknown>>;
  /** The Prometheus exposition. */
  metrics(): Promise<{ body: string; contentType: string }>;
}
