import type { EvidenceRequest } from "../incidents/fault.ts";
import { type JsonObject, type JsonValue, redactValue } from "../redaction/redact_value.ts";
import type { EvidenceApi } from "./evidence_api.ts";
import { type Bundle, type EvidencePart, Omission, type OmittedPart } from "./evidence_part.ts";
import { findPod } from "./find_pod.ts";
import { gatherAround } from "./gather_around.ts";
import { gatherAutoscaler } from "./gather_autoscaler.ts";
import { gatherChange } from "./gather_change.ts";
import { gatherClaims } from "./gather_claims.ts";
import { gatherContainer } from "./gather_container.ts";
import { gatherLog } from "./gather_log.ts";
import { gatherNamespace } from "./gather_namespace.ts";
import { gatherNode } from "./gather_node.ts";
import { gatherOwner } from "./gather_owner.ts";
import { gatherParsed } from "./gather_parsed.ts";
import { gatherQuota } from "./gather_quota.ts";
import { gatherService } from "./gather_service.ts";
import { gatherUsage } from "./gather_usage.ts";
import type { KnownOwners } from "./known_owners.ts";
import type { OwnerChain } from "./owner_chain.ts";
import { findOwners, readSelf, readWorkload } from "./owner_reference.ts";
import type { Gather, Scene } from "./scene.ts";

/** How each part is gathered, and how many requests it may take. */
const GATHERERS: Readonly<Record<EvidencePart, { readonly gather: Gather; readonly requests: number }>> = {
  container: { gather: gatherContainer, requests: 1 },
  log: { gather: gatherLog, requests: 1 },
  owner: { gather: gatherOwner, requests: 1 },
  change: { gather: gatherChange, requests: 3 },
  claims: { gather: gatherClaims, requests: 2 },
  quota: { gather: gatherQuota, requests: 1 },
  autoscaler: { gather: gatherAutoscaler, requests: 1 },
  service: { gather: gatherService, requests: 2 },
  namespace_state: { gather: gatherNamespace, requests: 1 },
  node: { gather: gatherNode, requests: 1 },
  usage: { gather: gatherUsage, requests: 1 },
  around: { gather: gatherAround, requests: 0 },
  parsed: { gather: gatherParsed, requests: 0 },
};

/** A bundle asks no more than this, however much there is to know. */
const BUNDLE_REQUESTS = 8;

/** How many requests are set aside for a bundle of these parts about an object of `kind`. */
export function requestsOf(parts: readonly EvidencePart[], kind: string): number {
  // To find the pod of a workload takes the workload and a Table.
  const search = parts.includes("container") && kind !== "Pod" ? 2 : 0;
  return Math.min(BUNDLE_REQUESTS, parts.reduce((sum, part) => sum + GATHERERS[part].requests, search));
}

/** What stands around a bundle, the same for all. */
export interface CollectOptions extends Pick<Scene, "roster" | "reports" | "allow" | "redactor" | "logLines" | "now"> {
  readonly known: KnownOwners;
}

interface CollectedBundle {
  readonly bundle: Bundle;
  readonly omitted: readonly OmittedPart[];
}

/**
 * Gathers the parts of a bundle, one after the other. What can't be had is omitted with the reason, and the rest goes on;
 * rejects with nothing but a fault of the program.
 */
export async function collectBundle(
  request: EvidenceRequest,
  parts: readonly EvidencePart[],
  api: EvidenceApi,
  options: CollectOptions,
  signal: AbortSignal,
): Promise<CollectedBundle> {
  const scene = openScene(request, api, options, signal);
  const bundle = new Map<EvidencePart, JsonObject>();
  const omitted: OmittedPart[] = [];
  for (const part of parts) {
    try {
      const gathered = await GATHERERS[part].gather(scene);
      // A log has been redacted as a whole: its lines by themselves hold less.
      const safe = gathered === null || part === "log" ? gathered : redactedPart(gathered, options);
      if (safe !== null) bundle.set(part, safe);
    } catch (error) {
      if (!(error instanceof Omission)) throw error;
      omitted.push({ part, reason: error.reason });
    }
  }
  return { bundle, omitted };
}

function redactedPart(part: JsonObject, { redactor }: CollectOptions): JsonObject | null {
  const { value } = redactValue(part, { redactor });
  return isObject(value) ? value : null;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function openScene(
  request: EvidenceRequest,
  api: EvidenceApi,
  options: CollectOptions,
  signal: AbortSignal,
): Scene {
  const { known, ...around } = options;
  const pod = once(() => findPod(scene));
  const chain: () => Promise<OwnerChain | null> = once(() => findOwners(scene));
  const workload = once(async () => readWorkload(scene, await chain()));
  const self = once(() => readSelf(scene));
  const scene: Scene = { ...around, request, api, signal, pod, owners: { known, chain, workload, self } };
  return scene;
}

/** The same promise for all who ask, also where it rejects. */
function once<T>(act: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => made ??= act();
}
