/** One thing that must hold for the agent to be ready or alive, and what is wrong when it does not. */
export interface Condition {
  readonly name: string;
  readonly ok: boolean;
  /** In words, with the remedy where there is one. */
  readonly detail: string;
}

/** The conditions that do not hold, as `name: detail`. */
export function problemsOf(conditions: readonly Condition[]): readonly string[] {
  return conditions.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
}
