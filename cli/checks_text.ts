import { stripControl } from "../src/lifecycle/strip_control.ts";
import type { ConnectionCheck } from "./connection_check.ts";

/** Details may hold what a server answered, and anybody may be that server: nothing in them steers a terminal. */
export function formatCheck({ check, ok, detail, remedy }: ConnectionCheck): string {
  const mark = !ok ? "FAIL" : isLeftOut({ ok, remedy }) ? "off " : "ok  ";
  const line = `${mark} ${check}: ${detail}${remedy === undefined ? "" : `; ${remedy}`}`;
  return `${stripControl(line).text}\n`;
}

/** The last line is what a person sees: a failed check may have left the screen by then. */
export function sumOfChecks(checks: readonly ConnectionCheck[]): string {
  if (checks.length === 0) return "";
  const failed = checks.filter(({ ok }) => !ok).length;
  if (failed > 0) return `; ${failed} of ${checks.length} checks FAILED`;
  const off = checks.filter(isLeftOut).length;
  return off === 0
    ? `; all ${checks.length} checks passed`
    : `; no check failed, ${off} of ${checks.length} ${off === 1 ? "is" : "are"} off`;
}

/** Nothing is wrong, but something is to be gained: a part for which a right is missing is left out. */
const isLeftOut = ({ ok, remedy }: Pick<ConnectionCheck, "ok"> & { readonly remedy?: string | undefined }) =>
  ok && remedy !== undefined;
