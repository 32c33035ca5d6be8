import { KubeError } from "../kube/kube_error.ts";
import { errorMessage } from "../lifecycle/errors.ts";

/**
 * What asking for one thing gave. "Not there" and "not allowed" are answers; `unreachable` is none, and whoever needs
 * the fact must ask again instead of doing without it. `detail` is for people and holds no secret.
 */
export type Fact<T> =
  | { readonly kind: "found"; readonly value: T }
  | { readonly kind: "absent"; readonly detail: string }
  | { readonly kind: "forbidden"; readonly detail: string }
  /** `unauthorized`: the server knows no such user, now. */
  | { readonly kind: "unreachable"; readonly detail: string; readonly unauthorized?: true };

export type MissingFact = Exclude<Fact<never>, { kind: "found" }>;

export function found<T>(value: T): Fact<T> {
  return { kind: "found", value };
}

export function absent(detail: string): MissingFact {
  return { kind: "absent", detail };
}

/**
 * Sorts a failed request: 404 is absent, 403 is forbidden, everything else (401, 408, 429, 5xx, a timeout, no network,
 * an answer that is not what was asked for) says nothing about the cluster and is unreachable.
 */
export function missingFact(error: unknown): MissingFact {
  const detail = errorMessage(error);
  if (!(error instanceof KubeError)) return { kind: "unreachable", detail };
  if (error.status === 404) return { kind: "absent", detail };
  if (error.status === 403) return { kind: "forbidden", detail };
  if (error.status === 401) return { kind: "unreachable", detail, unauthorized: true };
  return { kind: "unreachable", detail };
}
