import { PrintFailure } from "./print_failure.ts";

/** Counts what an evaluation does, so that no expression takes longer than the limits, whatever it is applied to. */
export interface StepBudget {
  /** Throws a `PrintFailure` once a limit is passed. */
  spend(steps: number): void;
  /** Begins a piece of work that has a limit of its own: between pieces, the event loop turns. */
  begin(): void;
}

/** Makes a budget for one command: steps of each piece of work, and of all. */
export function createStepBudget(limits: { readonly each: number; readonly all: number }): StepBudget {
  let left = limits.all;
  let leftOfPiece = limits.each;
  return {
    spend(steps) {
      left -= steps;
      leftOfPiece -= steps;
      if (left < 0 || leftOfPiece < 0) {
        throw new PrintFailure("the expression takes too much work over these objects; ask for less");
      }
    },
    begin: () => void (leftOfPiece = limits.each),
  };
}
