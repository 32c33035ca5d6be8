import { subjectFor, type SubjectKind, type SubjectOptions } from "../wire/subject.ts";
import type { FleetStream } from "./fleet_stream.ts";

/** A stream's configuration in the words of the JetStream API; durations are nanoseconds. */
export interface StreamSettings {
  readonly name: string;
  readonly description: string;
  readonly subjects: readonly string[];
  readonly storage: "file";
  readonly retention: "limits";
  readonly discard: "old";
  readonly num_replicas: number;
  readonly max_msgs_per_subject: number;
  readonly max_age: number;
  readonly max_bytes: number;
  readonly duplicate_window: number;
  readonly compression: "none" | "s2";
  readonly allow_direct: true;
  readonly allow_rollup_hdrs: false;
  readonly deny_delete: boolean;
  readonly subject_transform?: { readonly src: string; readonly dest: string };
}

type SettingsPlan =
  | { readonly kind: "ok"; readonly settings: StreamSettings }
  | { readonly kind: "refused"; readonly reason: string };

const NANOSECONDS = 1e6;
/** The shortest window that a server takes. */
const SHORTEST_WINDOW_MS = 100;

/** The settings of `stream` for this layout of subjects. */
export function settingsOf(stream: FleetStream, subjects: SubjectOptions, replicas: number): SettingsPlan {
  const transform = stream.bucket === null ? null : bucketTransform(stream.bucket, stream.kinds, subjects);
  if (transform?.kind === "refused") return transform;
  return {
    kind: "ok",
    settings: {
      name: stream.name,
      description: stream.description,
      subjects: stream.kinds.map((kind) => subjectFor(kind, "*", subjects)),
      storage: "file",
      retention: "limits",
      discard: "old",
      num_replicas: replicas,
      max_msgs_per_subject: stream.maxPerSubject,
      max_age: stream.maxAgeMs * NANOSECONDS,
      max_bytes: stream.maxBytes,
      duplicate_window: Math.max(stream.duplicateWindowMs, SHORTEST_WINDOW_MS) * NANOSECONDS,
      compression: stream.compression,
      allow_direct: true,
      // The NATS tools make a bucket with it, but then any agent could empty it by a heartbeat with `Nats-Rollup: all`.
      allow_rollup_hdrs: false,
      deny_delete: true,
      ...(transform === null ? {} : { subject_transform: transform.transform }),
    },
  };
}

type Transform =
  | { readonly kind: "ok"; readonly transform: { readonly src: string; readonly dest: string } }
  | { readonly kind: "refused"; readonly reason: string };

/** Turns the agents' own subjects into keys of a bucket, `<id>.<kind>`, so that no agent needs another right. */
function bucketTransform(bucket: string, kinds: readonly SubjectKind[], subjects: SubjectOptions): Transform {
  const [first = "register", second = "heartbeat"] = kinds;
  const one = subjectFor(first, "\u0000", subjects).split(".");
  const other = subjectFor(second, "\u0000", subjects).split(".");
  const idAt = one.indexOf("\u0000");
  const kindAt = one.findIndex((token, at) => token !== other[at]);
  if (idAt < 0 || kindAt < 0 || one[kindAt] !== first || other[kindAt] !== second) {
    return {
      kind: "refused",
      reason: "in subject_template the cluster id and the kind must each be a token of its own, between dots",
    };
  }
  const src = one.map((token, at) => at === idAt || at === kindAt ? "*" : token).join(".");
  const [idNumber, kindNumber] = idAt < kindAt ? [1, 2] : [2, 1];
  return {
    kind: "ok",
    transform: { src, dest: `$KV.${bucket}.{{wildcard(${idNumber})}}.{{wildcard(${kindNumber})}}` },
  };
}

/** One setting of a stream that is not as it should be. */
export interface SettingChange {
  readonly setting: string;
  readonly now: unknown;
  readonly wanted: unknown;
}

/** Where `now`, as the server tells it, differs from `wanted`. What the server adds by itself is no difference. */
export function changesOf(wanted: StreamSettings, now: Readonly<Record<string, unknown>>): readonly SettingChange[] {
  return Object.entries(wanted).flatMap(([setting, value]) =>
    JSON.stringify(now[setting] ?? null) === JSON.stringify(value ?? null) ? [] : [{
      setting,
      now: now[setting] ?? null,
      wanted: value,
    }]
  );
}
