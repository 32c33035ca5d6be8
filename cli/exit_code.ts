import type { FailureKind } from "../src/lifecycle/errors.ts";

/** Every exit code of the program. They are a contract with scripts; 65, 69, 77 and 78 are those of sysexits.h. */
export const EXIT_CODE = {
  done: 0,
  /** It ran, and the answer is no: refused, a mismatch, a failed remote command. */
  no: 1,
  badUsage: 2,
  badInput: 65,
  unreachable: 69,
  notPermitted: 77,
  badConfiguration: 78,
} as const;
export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

const EXIT_CODE_OF_FAILURE: Readonly<Record<FailureKind, ExitCode>> = {
  failed: EXIT_CODE.no,
  bad_usage: EXIT_CODE.badUsage,
  bad_input: EXIT_CODE.badInput,
  unreachable: EXIT_CODE.unreachable,
  not_permitted: EXIT_CODE.notPermitted,
  bad_configuration: EXIT_CODE.badConfiguration,
};

/** The exit code for a failure. */
export function exitCodeOf(kind: FailureKind): ExitCode {
  return EXIT_CODE_OF_FAILURE[kind];
}
