/** One method's finding, or why it found nothing. */
export interface IdentityEvidence {
  readonly method: string;
  readonly found: boolean;
  readonly detail: string;
}

/** Which cluster this is. `id` is one subject token; the other values are best effort, `null` where not known. */
export interface ClusterIdentity {
  readonly id: string;
  /** The method that gave the id: `environment`, `kube-system-uid`, … */
  readonly source: string;
  readonly provider: string | null;
  readonly name: string | null;
  readonly region: string | null;
  readonly evidence: readonly IdentityEvidence[];
}
