import * as z from "zod/mini";

/** A Lease of coordination.k8s.io/v1, as far as an elector reads it. */
export interface LeaseRecord {
  readonly resourceVersion: string;
  readonly uid: string;
  /** "": nobody holds it. */
  readonly holder: string;
  /** How long its holder may be silent, by its own word. */
  readonly durationMs: number;
  readonly transitions: number;
  /** When it was last written, by the clock of who wrote it; `null` where it does not say. */
  readonly renewedAtMs: number | null;
  /** The whole object, which an update sends back. */
  readonly object: z.infer<typeof leaseSchema>;
}

const leaseSchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string(), resourceVersion: z.string() }),
  spec: z.nullish(z.looseObject({
    holderIdentity: z.nullish(z.string()),
    leaseDurationSeconds: z.nullish(z.number()),
    leaseTransitions: z.nullish(z.number()),
    renewTime: z.nullish(z.string()),
  })),
});

/** What a Lease says that nobody has held yet is read as this. */
const NO_DURATION_MS = 1_000;

/** Reads a Lease from the API server; `null` for what is none. */
export function readLease(object: unknown): LeaseRecord | null {
  const parsed = leaseSchema.safeParse(object);
  if (!parsed.success) return null;
  const { metadata, spec } = parsed.data;
  const seconds = spec?.leaseDurationSeconds ?? 0;
  return {
    resourceVersion: metadata.resourceVersion,
    uid: metadata.uid,
    holder: spec?.holderIdentity ?? "",
    durationMs: seconds > 0 ? seconds * 1000 : NO_DURATION_MS,
    transitions: spec?.leaseTransitions ?? 0,
    renewedAtMs: timeOf(spec?.renewTime),
    object: parsed.data,
  };
}

function timeOf(text: string | null | undefined): number | null {
  const ms = Date.parse(text ?? "");
  return Number.isNaN(ms) ? null : ms;
}

/** The body of the update that takes, or renews, the Lease for `holder`; it names the version that it replaces. */
export function heldLease(record: LeaseRecord, holder: string, durationMs: number, nowMs: number): unknown {
  const now = microTime(nowMs);
  const taken = record.holder === holder
    ? {}
    : { holderIdentity: holder, acquireTime: now, leaseTransitions: record.transitions + 1 };
  const spec = { ...record.object.spec, ...taken, renewTime: now, leaseDurationSeconds: Math.ceil(durationMs / 1000) };
  return { ...record.object, spec };
}

/** The body of the update that gives the Lease up. The duration of one second is client-go's: nobody waits for longer. */
export function releasedLease(record: LeaseRecord, nowMs: number): unknown {
  const spec = { ...record.object.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(nowMs) };
  return { ...record.object, spec };
}

/** A MicroTime, which Kubernetes reads with six digits and no others. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
