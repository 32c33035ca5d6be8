import { PrintFailure } from "./print_failure.ts";

/** Counts what an evaluation does, so that no expression takes longer than the limit, whatever it is applied to. */
export interface StepBudget {
  /** Throws a `PrintFailure` once the limit is passed. */
  spend(steps: number): void;
}

/** Makes a budget for one command. */
export function createStepBudget(limit: number): StepBudget {
  let left = limit;
  return {
    spend(steps) {
      left -= steps;
      if (left < 0) throw new PrintFailure("the expression takes too much work over these objects; ask for less");
    },
  };
}
