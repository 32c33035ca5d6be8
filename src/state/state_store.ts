import * as z from "zod/mini";

/** What a store holds: the value of one cluster, in a version that this program understands. */
const storedSchema = z.object({
  version: z.literal(1),
  cluster_id: z.string(),
  value: z.unknown(),
});

/** What reading came to. `damaged` is said and set aside; it never stops a start. */
type StateReading =
  | { readonly kind: "found"; readonly value: unknown }
  | { readonly kind: "none" }
  | { readonly kind: "damaged"; readonly detail: string };

/** A place that keeps one named JSON value across restarts. */
export interface StateStore {
  /** At most one write in this time. */
  readonly intervalMs: number;
  /** Rejects when the place can't be reached. */
  read(signal: AbortSignal): Promise<StateReading>;
  /** Replaces the value as a whole, or rejects and leaves the old one. */
  write(value: unknown, signal: AbortSignal): Promise<void>;
}

/** Wraps a value for storage. */
export function encodeState(clusterId: string, value: unknown): string {
  return JSON.stringify({ version: 1, cluster_id: clusterId, value });
}

/** Unwraps what was stored; another cluster's value is as useless as half a file. */
export function decodeState(clusterId: string, text: string): StateReading {
  let parsed;
  try {
    parsed = storedSchema.safeParse(JSON.parse(text));
  } catch {
    return { kind: "damaged", detail: "it is not JSON" };
  }
  if (!parsed.success) return { kind: "damaged", detail: "it is of another form or version" };
  if (parsed.data.cluster_id !== clusterId) {
    return {
      kind: "damaged",
      detail: `it belongs to the cluster ${JSON.stringify(parsed.data.cluster_id.slice(0, 80))}`,
    };
  }
  return { kind: "found", value: parsed.data.value };
}
