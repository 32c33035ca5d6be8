import type { Origin } from "./origin.ts";
import { formatOrigin } from "./origin.ts";

/** One thing that is wrong with a configuration. No field holds a secret. */
export interface ConfigProblem {
  /** Where the wrong value, or the section that lacks one, comes from. */
  readonly origin: Origin;
  /** The key's path as people write it (`events.rules[2].id`); "" where the whole source is meant. */
  readonly path: string;
  /** What is wrong, without the place, in the words that follow the path. */
  readonly message: string;
  /** The value as it was found, cut and with secrets hidden; absent where there is none to show. */
  readonly seen?: string;
  /** What would be right. */
  readonly allowed?: string;
  /** The key that was probably meant. */
  readonly nearest?: string;
}

/** One line for people: `config.yaml:3:18: health_port: must be an integer from 0 to 65535; found "http"`. */
export function formatProblem(problem: ConfigProblem): string {
  const subject = problem.path === "" ? "" : `${problem.path}: `;
  const seen = problem.seen === undefined ? "" : `; found ${problem.seen}`;
  const nearest = problem.nearest === undefined ? "" : `; did you mean ${problem.nearest}?`;
  const place = problem.origin.kind === "default" ? "configuration" : formatOrigin(problem.origin);
  return `${place}: ${subject}${problem.message}${seen}${nearest}`;
}
