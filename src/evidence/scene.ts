import type { EvidenceRequest } from "../incidents/fault.ts";
import type { Allowlists } from "../inventory/allowlist.ts";
import type { JsonObject as RawObject } from "../inventory/json_field.ts";
import type { Roster } from "../inventory/roster.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import type { Redactor } from "../redaction/redactor.ts";
import type { EvidenceApi } from "./evidence_api.ts";
import type { KnownOwners } from "./known_owners.ts";
import type { OwnerChain } from "./owner_chain.ts";
import type { RecentReports } from "./recent_reports.ts";

/** The owners of the faulty object; each is asked for once. Both reject with an `Omission`. */
interface SceneOwners {
  readonly known: KnownOwners;
  /** `null` for an object that nobody owns. */
  chain(): Promise<OwnerChain | null>;
  /** The top of the chain as it is now; `null` for a kind that is not read. */
  workload(): Promise<RawObject | null>;
  /** The faulty object itself, where it makes pods and is read. */
  self(): Promise<RawObject | null>;
}

/** What a gatherer sees: the fault, the API server within its budget, and what is known without asking. */
export interface Scene {
  readonly request: EvidenceRequest;
  readonly api: EvidenceApi;
  readonly roster: Roster;
  readonly reports: RecentReports;
  readonly owners: SceneOwners;
  readonly allow: Allowlists;
  readonly redactor: Redactor;
  /** Lines of a log that are kept; 0 where logs do not leave the cluster. */
  readonly logLines: number;
  /** Wall clock. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** The pod that tells of the fault, read once; `null` where there is none. Rejects with an `Omission`. */
  pod(): Promise<RawObject | null>;
}

/** Gathers one part; `null` where there is nothing to say. Rejects with an `Omission`. */
export type Gather = (scene: Scene) => Promise<JsonObject | null>;
