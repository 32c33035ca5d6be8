/** What the rest of the agent may ask about leading. Each act that must not be done twice asks `isValid` first. */
export interface Leadership {
  /** Whether this replica may act as the leader, now; always, where there are no replicas. */
  isValid(): boolean;
  /** The present term, or the last one; `null` without replicas, and before the first. */
  epoch(): string | null;
  /** The UID of the Lease; `null` without replicas. */
  leaseUid(): string | null;
  /**
   * How far this process's clock is ahead of that of the replica that led before, in milliseconds: times that the other
   * has kept are that much later here. 0 where they differ by less than clocks usually do, or where nobody knows.
   */
  aheadMs(): number;
}

/** The agent that has no replicas. */
export const SOLE_AGENT: Leadership = {
  isValid: () => true,
  epoch: () => null,
  leaseUid: () => null,
  aheadMs: () => 0,
};
