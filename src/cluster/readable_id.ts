import { createHash } from "node:crypto";
import { SUBJECT_TOKEN_LIMIT } from "../wire/subject_token.ts";

/** 48 bits: among 10,000 clusters two share it with a chance of one in five million. */
const FINGERPRINT_DIGITS = 12;
const READABLE_LIMIT = SUBJECT_TOKEN_LIMIT - FINGERPRINT_DIGITS - 1;

/** What makes a readable id unique: a hash of the id that it stands for. */
function fingerprintOf(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, FINGERPRINT_DIGITS);
}

export interface ReadableParts {
  readonly provider: string | null;
  readonly name: string | null;
  readonly region: string | null;
}

/**
 * An id for people: `eks-prod-us-west-2-<12 digits>`. What is not known is left out; two clusters with the same name in
 * the same region differ in the digits, which come from `id`. One subject token, at most 63 characters.
 */
export function readableId(id: string, { provider, name, region }: ReadableParts): string {
  const words = [provider ?? "k8s", name, region].filter((part) => part !== null).join("-")
    .replace(/[^A-Za-z0-9_-]/gu, "-").replace(/-{2,}/g, "-").slice(0, READABLE_LIMIT).replace(/^-+|-+$/g, "");
  return `${words}-${fingerprintOf(id)}`;
}

/** Whether `readable` was made from `id`, whatever name the cluster had at that time. */
export function isReadableFormOf(readable: string, id: string): boolean {
  return readable.endsWith(`-${fingerprintOf(id)}`);
}
