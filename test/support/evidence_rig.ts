import type { Cause, EvidenceOccasion, EvidenceRequest, TopOwner } from "../../src/incidents/fault.ts";
import {
  createEvidenceService,
  type EvidenceService,
  type EvidenceServiceOptions,
} from "../../src/evidence/evidence_service.ts";
import { createAllowlist } from "../../src/inventory/allowlist.ts";
import { createRollouts, type Rollouts } from "../../src/inventory/rollouts.ts";
import { createRoster } from "../../src/inventory/roster.ts";
import type { KubeClient } from "../../src/kube/kube_client.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { BUILT_IN_REDACTOR } from "../../src/redaction/redactor.ts";
import { createTelemetry, type Telemetry } from "../../src/telemetry/telemetry.ts";
import { type EvidenceUpdate, evidenceUpdateSchema } from "../../src/wire/update.ts";
import { eventually } from "../../sandbox/eventually.ts";
import type { Severity } from "../../src/wire/severity.ts";

/** What a test says of a request for evidence; the rest is made up. */
export interface GivenRequest {
  readonly key?: string;
  readonly occasion?: EvidenceOccasion;
  readonly rule?: string;
  readonly category?: string;
  readonly family?: string;
  readonly severity?: Severity;
  readonly namespace?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly related?: { readonly kind: string; readonly name: string };
  readonly container?: string;
  readonly message?: string;
  readonly node?: string | null;
  readonly owner?: TopOwner | null;
  readonly causes?: readonly Cause[];
}

/** A request for evidence of a pod that crashes, but for what is given. */
export function evidenceRequest(given: GivenRequest = {}): EvidenceRequest {
  const { key = "k", severity = "high", namespace = "shop" } = given;
  const atMs = Date.now();
  return {
    occasion: given.occasion ?? "new",
    sighting: {
      kind: "event",
      rule: given.rule ?? "crash.backoff.restarting",
      category: given.category ?? "crash",
      severity,
      namespace,
      object: { kind: given.kind ?? "Pod", name: given.name ?? "web-1", uid: given.uid ?? "" },
      ...(given.related === undefined ? {} : { related: given.related }),
      container: given.container ?? "",
      message: given.message ?? "Back-off restarting failed container app in pod web-1_shop(1)",
      atMs,
      reportId: `report-${key}`,
    },
    stamp: {
      incident: { id: `${key}-1`, key, family: given.family ?? "run", openedAtMs: atMs, reports: 1, isNew: true },
      owner: given.owner ?? null,
      node: given.node ?? null,
      causes: given.causes ?? [],
    },
  };
}

/** An evidence service that runs on some API server, and what it has sent. */
export interface EvidenceRig extends AsyncDisposable {
  readonly service: EvidenceService;
  readonly telemetry: Telemetry;
  readonly rollouts: Rollouts;
  readonly sent: EvidenceUpdate[];
  /** Asks for the evidence of one fault and waits for it. */
  gather(given?: GivenRequest): Promise<EvidenceUpdate>;
}

/** Starts a service with the defaults of the configuration, but without the delay. */
export function startEvidence(client: KubeClient, more: Partial<EvidenceServiceOptions> = {}): EvidenceRig {
  const telemetry = createTelemetry();
  const rollouts = createRollouts();
  const sent: EvidenceUpdate[] = [];
  const service = createEvidenceService({
    client,
    clock: systemClock,
    telemetry,
    outbox: {
      put(message) {
        sent.push(evidenceUpdateSchema.parse(JSON.parse(new TextDecoder().decode(message.body))));
        return { kind: "accepted" };
      },
    },
    clusterId: "test",
    subject: "agent.update.test",
    roster: createRoster(null, null, rollouts),
    redactor: BUILT_IN_REDACTOR,
    allow: { labels: createAllowlist(["app.kubernetes.io/*", "team"]), annotations: createAllowlist([]) },
    logLines: 30,
    delayMs: 0,
    maxBytes: 32 * 1024,
    requestsPerMinute: 60,
    minSeverity: "medium",
    excludedNamespaces: new Set(),
    isStorm: () => false,
    ...more,
  });
  const stop = new AbortController();
  const running = service.run(stop.signal);
  let asked = 0;
  return {
    service,
    telemetry,
    rollouts,
    sent,
    async gather(given = {}) {
      const key = given.key ?? `gathered-${asked++}`;
      service.request(evidenceRequest({ ...given, key }));
      return await eventually(
        `evidence of ${key}`,
        () => sent.find(({ event_id }) => event_id === `report-${key}`) ?? false,
        10_000,
      );
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
