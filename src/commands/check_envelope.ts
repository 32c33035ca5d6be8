import type { Command } from "../wire/command.ts";
import { decodeWireDuration, formatGoDuration } from "../wire/duration.ts";
import { type Checked, pass, quoteReceived, refuse } from "./checked.ts";

/** What the envelope is judged by. */
export interface EnvelopeRules {
  /** This agent's cluster; `null` where a dry run does not know it, and then no command is for another one. */
  readonly clusterId: string | null;
  readonly timeoutCeilingMs: number;
  readonly envAllowlist: ReadonlySet<string>;
}

/** What the envelope adds to the command. */
interface CheckedEnvelope {
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const AGE_LIMIT_MS = 5 * 60_000;
/** How far the sender's clock may run ahead of the agent's. */
const CLOCK_SKEW_MS = 60_000;

const ENV_NAME = /^[A-Za-z][A-Za-z0-9_]{0,127}$/;
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;
/** What a Go peer sends for a time that nobody set. */
const GO_ZERO_TIME = "0001-01-01T00:00:00Z";

/** Checks the fields around the argument list. `nowMs` is the agent's wall clock when the message came. */
export function checkEnvelope(command: Command, rules: EnvelopeRules, nowMs: number): Checked<CheckedEnvelope> {
  if (rules.clusterId !== null && (command.cluster_id ?? "") !== "" && command.cluster_id !== rules.clusterId) {
    return refuse(
      "wrong_cluster",
      `The command is for ${quoteReceived(command.cluster_id ?? "")}, this is ${rules.clusterId}`,
    );
  }
  const age = checkAge(command.created_at ?? "", nowMs);
  if (!age.ok) return age;
  const env = checkEnv(command.env ?? {}, rules.envAllowlist);
  if (!env.ok) return env;
  const timeout = readTimeout(command.timeout ?? 0, rules.timeoutCeilingMs);
  return timeout.ok ? pass({ timeoutMs: timeout.value, env: env.value }) : timeout;
}

function checkAge(createdAt: string, nowMs: number): Checked<null> {
  if (createdAt === "" || createdAt === GO_ZERO_TIME) return pass(null);
  const createdMs = RFC3339.test(createdAt) ? Date.parse(createdAt.toUpperCase()) : NaN;
  if (Number.isNaN(createdMs)) return refuse("invalid_created_at", `created_at is ${quoteReceived(createdAt)}`);
  const ageMs = nowMs - createdMs;
  if (ageMs > AGE_LIMIT_MS) {
    return refuse("stale", `The command is ${formatGoDuration(Math.round(ageMs))} old, the limit is 5 minutes`);
  }
  return ageMs < -CLOCK_SKEW_MS
    ? refuse("created_in_future", `The command was created ${formatGoDuration(Math.round(-ageMs))} from now`)
    : pass(null);
}

function checkEnv(
  env: Readonly<Record<string, string>>,
  allowlist: ReadonlySet<string>,
): Checked<Readonly<Record<string, string>>> {
  for (const [name, value] of Object.entries(env)) {
    // A name that is none would set another variable than the one that was judged.
    if (!ENV_NAME.test(name) || !allowlist.has(name)) {
      return refuse("env_not_allowed", `${quoteReceived(name)} may not be set`);
    }
    if (!/^[\x20-\x7e]{0,1024}$/.test(value)) {
      return refuse("env_not_allowed", `The value of ${name} is not printable ASCII of at most 1,024 characters`);
    }
  }
  return pass({ ...env });
}

/** A timeout above the ceiling is cut to it: the sender learns from the result's duration, and nothing runs longer. */
function readTimeout(value: number | string, ceilingMs: number): Checked<number> {
  // A peer that writes nanoseconds writes integers.
  const ms = typeof value === "number" && !Number.isInteger(value) ? null : decodeWireDuration(value);
  if (ms === null || ms < 0) return refuse("invalid_timeout", "The timeout can't be used");
  const wantedMs = ms === 0 ? DEFAULT_TIMEOUT_MS : Math.max(1, Math.ceil(ms));
  return pass(Math.min(wantedMs, ceilingMs));
}
