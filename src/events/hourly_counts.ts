import type { Severity } from "../wire/severity.ts";

/** What was reported within the last hour. */
export interface HourlySummary {
  readonly faults: Readonly<Record<Severity, number>>;
  /** The rules reported most often, most first. */
  readonly topRules: readonly { readonly rule: string; readonly count: number }[];
  readonly gaps: number;
}

/** Counts reports over a sliding hour, so that a central program need not count them from a stream. */
export interface HourlyCounts {
  countFault(severity: Severity, rule: string, nowMs: number): void;
  countGap(nowMs: number): void;
  summary(nowMs: number): HourlySummary;
}

const BUCKET_MS = 5 * 60_000;
const BUCKETS = 12;
const TOP_RULES = 5;
/** Rules of the configuration have any id: beyond these a bucket counts no further rule by name. */
const RULE_LIMIT = 128;

interface Bucket {
  number: number;
  faults: Record<Severity, number>;
  rules: Map<string, number>;
  gaps: number;
}

/** Twelve buckets of five minutes: what leaves the hour leaves in one go. */
export function createHourlyCounts(): HourlyCounts {
  const buckets: Bucket[] = [];

  function bucketAt(nowMs: number): Bucket {
    const number = Math.floor(nowMs / BUCKET_MS);
    const last = buckets.at(-1);
    if (last?.number === number) return last;
    const bucket: Bucket = { number, faults: { critical: 0, high: 0, medium: 0, low: 0 }, rules: new Map(), gaps: 0 };
    buckets.push(bucket);
    if (buckets.length > BUCKETS) buckets.shift();
    return bucket;
  }

  return {
    countFault(severity, rule, nowMs) {
      const { faults, rules } = bucketAt(nowMs);
      faults[severity]++;
      const known = rules.get(rule);
      if (known !== undefined || rules.size < RULE_LIMIT) rules.set(rule, (known ?? 0) + 1);
    },
    countGap: (nowMs) => void bucketAt(nowMs).gaps++,
    summary(nowMs) {
      const oldest = Math.floor(nowMs / BUCKET_MS) - BUCKETS;
      const faults: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
      const rules = new Map<string, number>();
      let gaps = 0;
      for (const bucket of buckets) {
        if (bucket.number <= oldest) continue;
        for (const severity of ["critical", "high", "medium", "low"] as const) {
          faults[severity] += bucket.faults[severity];
        }
        for (const [rule, count] of bucket.rules) rules.set(rule, (rules.get(rule) ?? 0) + count);
        gaps += bucket.gaps;
      }
      const topRules = [...rules].map(([rule, count]) => ({ rule, count }))
        .sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1)).slice(0, TOP_RULES);
      return { faults, topRules, gaps };
    },
  };
}
