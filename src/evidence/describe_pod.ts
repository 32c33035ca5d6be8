import { type Allowlist, pickAllowed } from "../inventory/allowlist.ts";
import { type JsonObject as RawObject, listOf, objectOf, textOf, textsOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import type { JsonObject } from "../redaction/redact_value.ts";
import { clipText } from "./clip_text.ts";
import { amounts, namesIn } from "./describe_container.ts";

const LIST_LIMIT = 32;
/** Where a kind of volume names the object that it needs. */
const REFERENCES: Readonly<Record<string, string>> = {
  configMap: "name",
  secret: "secretName",
  persistentVolumeClaim: "claimName",
  hostPath: "path",
  csi: "driver",
  nfs: "server",
};

/** A pod but for its containers. Labels and annotations only as allowed. */
export function describePod(pod: RawObject, labels: Allowlist, annotations: Allowlist): JsonObject {
  const [metadata, spec, status] = [objectOf(pod.metadata), objectOf(pod.spec), objectOf(pod.status)];
  return compact({
    name: clipText(metadata.name, 253),
    phase: clipText(status.phase, 32),
    reason: clipText(status.reason, 128),
    message: clipText(status.message),
    created_at: clipText(metadata.creationTimestamp, 64),
    deleting_since: clipText(metadata.deletionTimestamp, 64),
    finalizers: texts(metadata.finalizers),
    labels: allowed(metadata.labels, labels),
    annotations: allowed(metadata.annotations, annotations),
    node: clipText(spec.nodeName, 253),
    qos: clipText(status.qosClass, 32),
    priority_class: clipText(spec.priorityClassName, 253),
    restart_policy: spec.restartPolicy === "Always" ? undefined : clipText(spec.restartPolicy, 32),
    service_account: clipText(spec.serviceAccountName, 253),
    runtime_class: clipText(spec.runtimeClassName, 253),
    image_pull_from: namesIn(spec.imagePullSecrets),
    scheduler: spec.schedulerName === "default-scheduler" ? undefined : clipText(spec.schedulerName, 253),
    scheduling_gates: namesIn(spec.schedulingGates),
    node_selector: amounts(spec.nodeSelector),
    tolerations: tolerations(spec.tolerations),
    node_affinity: requiredAffinity(spec),
    security: securityOf(spec.securityContext),
    volumes: volumes(spec.volumes),
    conditions: conditionsOf(status.conditions).filter((condition) => condition.status !== "True"),
  });
}

/** Conditions as the API has them: type, status, reason, message, since when. */
export function conditionsOf(list: unknown): readonly JsonObject[] {
  return listOf(list).slice(0, LIST_LIMIT).map(objectOf).map((condition) =>
    compact({
      type: clipText(condition.type, 128),
      status: clipText(condition.status, 16),
      reason: clipText(condition.reason, 128),
      message: clipText(condition.message),
      since: clipText(condition.lastTransitionTime, 64),
    })
  );
}

/** What of labels or annotations may leave the cluster; `undefined` for nothing. */
export function allowed(value: unknown, allow: Allowlist): JsonObject | undefined {
  const kept = Object.entries(pickAllowed(textsOf(value), allow)).slice(0, LIST_LIMIT)
    .map(([key, text]) => [key, clipText(text, 253) ?? ""]);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** Texts of a list; `undefined` for an empty one. */
export function texts(value: unknown): readonly string[] | undefined {
  const found = listOf(value).slice(0, LIST_LIMIT).map((item) => clipText(item, 253) ?? "");
  return found.length === 0 ? undefined : found;
}

/** Names of the claims that a pod mounts. */
export function claimNames(pod: RawObject): readonly string[] {
  return listOf(objectOf(pod.spec).volumes).map(objectOf)
    .map((volume) => textOf(objectOf(volume.persistentVolumeClaim).claimName)).filter((name) => name !== "");
}

function volumes(list: unknown): readonly JsonObject[] | undefined {
  const found = listOf(list).slice(0, LIST_LIMIT).map(objectOf)
    // Every pod has it.
    .filter((volume) => !textOf(volume.name).startsWith("kube-api-access-"))
    .map((volume) => {
      const kind = Object.keys(volume).find((key) => key !== "name") ?? "";
      const reference = REFERENCES[kind];
      return compact({
        name: clipText(volume.name, 253),
        kind,
        of: reference === undefined ? undefined : clipText(objectOf(volume[kind])[reference], 253),
      });
    });
  return found.length === 0 ? undefined : found;
}

function tolerations(list: unknown): readonly string[] | undefined {
  const found = listOf(list).slice(0, LIST_LIMIT).map(objectOf)
    // The two that admission gives to every pod.
    .filter(({ key }) => key !== "node.kubernetes.io/not-ready" && key !== "node.kubernetes.io/unreachable")
    .map(({ key, operator, value, effect }) => {
      const what = operator === "Exists" ? `${textOf(key)}` : `${textOf(key)}=${textOf(value)}`;
      return clipText(`${what}:${textOf(effect)}`, 512) ?? "";
    });
  return found.length === 0 ? undefined : found;
}

/** Terms are alternatives; the expressions of one hold together. */
function requiredAffinity(spec: RawObject): readonly string[] | undefined {
  const node = objectOf(objectOf(spec.affinity).nodeAffinity);
  const terms = listOf(objectOf(node.requiredDuringSchedulingIgnoredDuringExecution).nodeSelectorTerms);
  const found = terms.slice(0, LIST_LIMIT).map(objectOf).map((term) =>
    clipText(
      [...listOf(term.matchExpressions), ...listOf(term.matchFields)].map(objectOf)
        .map(({ key, operator, values }) =>
          `${textOf(key)} ${textOf(operator)} ${listOf(values).map(textOf).join(",")}`
        )
        .join(" and "),
      512,
    ) ?? ""
  );
  return found.length === 0 ? undefined : found;
}

/** Who it runs as: what many programs that may not write somewhere end of. */
function securityOf(value: unknown): JsonObject | undefined {
  const { runAsUser, runAsNonRoot, fsGroup } = objectOf(value);
  const found = compact({
    run_as_user: typeof runAsUser === "number" ? runAsUser : undefined,
    run_as_non_root: typeof runAsNonRoot === "boolean" ? runAsNonRoot : undefined,
    fs_group: typeof fsGroup === "number" ? fsGroup : undefined,
  });
  return Object.keys(found).length === 0 ? undefined : found;
}
