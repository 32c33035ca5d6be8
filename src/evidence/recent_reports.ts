import { rfc3339 } from "../incidents/incident_updates.ts";
import { Buffer } from "node:buffer";
import type { FaultSighting, IncidentStamp } from "../incidents/fault.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import { redactText } from "../redaction/redact_text.ts";
import type { Redactor } from "../redaction/redactor.ts";

/** What else was reported of one owner or on one node lately: remembered as it passes by, never asked for. */
export interface RecentReports {
  note(sighting: FaultSighting, stamp: IncidentStamp): void;
  /** The latest distinct ones, newest first, without those of the fault's own rule and object. */
  around(sighting: FaultSighting, stamp: IncidentStamp): readonly JsonObject[];
  size(): number;
}

interface Remembered {
  readonly rule: string;
  readonly severity: string;
  readonly namespace: string;
  readonly object: string;
  readonly message: string;
  readonly owner: string;
  readonly node: string;
  readonly incident: string;
  atMs: number;
  times: number;
}

const LIMIT = 256;
const SHOWN = 10;
const SHOWN_LENGTH = 240;
/** Up to here a message is kept as it is: to copy its beginning takes longer than all the rest. */
const KEPT_LENGTH = 1_024;

/** Creates it, empty. Bounded: what was last reported longest ago is forgotten first. */
export function createRecentReports(redactor: Redactor, limit: number = LIMIT): RecentReports {
  const remembered = new Map<string, Remembered>();
  const ownerOf = (sighting: FaultSighting, { owner }: IncidentStamp) => {
    const { kind, name } = owner ?? sighting.object;
    return `${sighting.namespace}/${kind}/${name}`;
  };
  const keyOf = ({ rule, namespace, object }: FaultSighting) => `${rule}\n${namespace}\n${object.kind}\n${object.name}`;

  return {
    note(sighting, stamp) {
      const key = keyOf(sighting);
      const known = remembered.get(key);
      if (known !== undefined) {
        known.atMs = sighting.atMs;
        known.times++;
        remembered.delete(key);
        remembered.set(key, known);
        return;
      }
      const { rule, severity, namespace, object, message, atMs } = sighting;
      remembered.set(key, {
        rule,
        severity,
        namespace,
        object: `${object.kind}/${object.name}`,
        message: message.length <= KEPT_LENGTH ? message : copyOf(beginning(message)),
        owner: ownerOf(sighting, stamp),
        node: stamp.node ?? "",
        incident: stamp.incident.id,
        atMs,
        times: 1,
      });
      if (remembered.size <= limit) return;
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        return;
      }
    },
    around(sighting, stamp) {
      const [own, owner, node] = [keyOf(sighting), ownerOf(sighting, stamp), stamp.node ?? ""];
      const found = [...remembered].reverse().filter(([key, report]) =>
        key !== own && (report.owner === owner || (node !== "" && report.node === node))
      );
      return found.slice(0, SHOWN).map(([, report]) => ({
        at: rfc3339(report.atMs),
        rule: report.rule,
        severity: report.severity,
        namespace: report.namespace,
        object: report.object,
        message: redactText(beginning(report.message), { cut: true, redactor }).text,
        times: report.times,
        incident: report.incident,
        same: report.owner === owner ? "owner" : "node",
      }));
    },
    size: () => remembered.size,
  };
}

/** The first words: half a token at a cut would not be known for a secret. */
function beginning(message: string): string {
  if (message.length <= SHOWN_LENGTH) return message;
  return message.slice(0, Math.max(0, message.lastIndexOf(" ", SHOWN_LENGTH)));
}

/** A slice of a string in V8 holds the whole. */
const copyOf = (text: string): string => Buffer.from(text, "utf16le").toString("utf16le");
