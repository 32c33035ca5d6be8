/** Holds whole manifests, environment variables included; also long enough to fill a message. Never sent. */
const NEVER = new Set(["kubectl.kubernetes.io/last-applied-configuration"]);

/** Keeps or drops one label or annotation key. */
export type Allowlist = (key: string) => boolean;

/**
 * Builds the test for `patterns`: an exact key, or a beginning followed by `*` (`"topology.kubernetes.io/*"`, `"*"`).
 * kubectl's last-applied-configuration is refused whatever the patterns say.
 */
export function createAllowlist(patterns: readonly string[]): Allowlist {
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith("*")));
  const beginnings = patterns.filter((pattern) => pattern.endsWith("*")).map((pattern) => pattern.slice(0, -1));
  return (key) => !NEVER.has(key) && (exact.has(key) || beginnings.some((beginning) => key.startsWith(beginning)));
}

/** The entries of `texts` whose keys are allowed. */
export function pickAllowed(texts: Readonly<Record<string, string>>, allowed: Allowlist): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([key]) => allowed(key)));
}

/** Which labels and annotations leave the cluster. */
export interface Allowlists {
  readonly labels: Allowlist;
  readonly annotations: Allowlist;
}
