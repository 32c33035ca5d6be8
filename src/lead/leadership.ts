/** What the rest of the agent may ask about leading. Each act that must not be done twice asks `isValid` first. */
export interface Leadership {
  /** Whether this replica may act as the leader, now; always, where there are no replicas. */
  isValid(): boolean;
  /** The present term, or the last one; `null` without replicas, and before the first. */
  epoch(): string | null;
  /** The UID of the Lease; `null` without replicas. */
  leaseUid(): string | null;
}

/** The agent that has no replicas. */
export const SOLE_AGENT: Leadership = { isValid: () => true, epoch: () => null, leaseUid: () => null };
