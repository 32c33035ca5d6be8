import { parseGoDuration } from "../wire/duration.ts";
import { conditionOf, laterOf, quoted, shorten, stampOf } from "./condition_of.ts";
import { factsOf, lastEnd, wellSince } from "./container_ends.ts";
import type { Finding } from "./object_rule.ts";
import type { ContainerView, PodView } from "./pod_view.ts";

/** Reasons of `state.waiting` that mean an image can't be had (pkg/kubelet/images/types.go). */
export const IMAGE_REASONS: ReadonlySet<string> = new Set([
  "ImagePullBackOff",
  "ErrImagePull",
  "ErrImageNeverPull",
  "InvalidImageName",
  "ImageInspectError",
  "SignatureValidationFailed",
  "RegistryUnavailable",
]);
/** Reasons of `state.waiting` that mean a container can't be made (pkg/kubelet/kuberuntime). */
export const CONFIG_REASONS: ReadonlySet<string> = new Set([
  "CreateContainerConfigError",
  "CreateContainerError",
  "RunContainerError",
]);
/** `back-off 5m0s restarting failed container=app pod=…`: pkg/kubelet/kuberuntime/kuberuntime_manager.go. */
const BACK_OFF = /^back-off (\S{1,16}) restarting/;
const FIRST_BACK_OFF_MS = 10_000;
/** A report names the image or the key; a registry's whole answer is for the evidence. */
const WAITING_LIMIT = 300;

/** `crash.container.loop`: `CrashLoopBackOff` shows only between the tries; in between it looks well for moments. */
export function containerLoops(pod: PodView): readonly Finding[] {
  return pod.containers.flatMap((container) => {
    const { name, waiting, restarts } = container;
    const end = lastEnd(container);
    const loops = waiting?.reason === "CrashLoopBackOff";
    // Between the tries the loop goes on, for whoever has seen it before; nobody else is told.
    const mayLoop = loops || (restarts > 0 && end !== null);
    if (!mayLoop) return [];
    const exit = end === null || end.exitCode === null ? "" : `, each time with exit ${end.exitCode}`;
    return [{
      container: name,
      reason: "CrashLoopBackOff",
      message: `Container ${name} ends soon after each start (${restarts} restarts${exit})`,
      sinceMs: loopSince(container),
      occurrence: end?.containerId || stampOf(end?.finishedMs ?? null) || `restart ${restarts}`,
      ...(end?.exitCode === 0 ? { severity: "medium" as const } : {}),
      ...(end === null ? {} : { facts: factsOf(container, end) }),
      ...(loops ? {} : { continuing: true as const, ...wellSince(container) }),
    }];
  });
}

/** The kubelet doubles its wait from 10 s up to 5 min, so the wait tells how long it has gone on at the least. */
function loopSince({ waiting, lastTerminated }: ContainerView): number | null {
  const waitMs = parseGoDuration(BACK_OFF.exec(waiting?.message ?? "")?.[1] ?? "");
  const finishedMs = lastTerminated?.finishedMs ?? null;
  if (waitMs === null || finishedMs === null) return null;
  return finishedMs - Math.max(0, waitMs - FIRST_BACK_OFF_MS);
}

/** `image.container.waiting`. */
export function imageWaiting(pod: PodView): readonly Finding[] {
  return waits(pod, IMAGE_REASONS, (name) => `Container ${name} can't have its image`).map((finding) =>
    finding.reason === "InvalidImageName" ? { ...finding, forMs: 0 } : finding
  );
}

/** `config.container.waiting`. */
export function configWaiting(pod: PodView): readonly Finding[] {
  return waits(pod, CONFIG_REASONS, (name) => `Container ${name} can't be created`);
}

function waits(pod: PodView, reasons: ReadonlySet<string>, words: (name: string) => string): readonly Finding[] {
  return pod.containers.flatMap((container) => {
    const { name, waiting } = container;
    if (waiting === null || !reasons.has(waiting.reason)) return [];
    const sinceMs = waitingSince(pod, container);
    return [{
      container: name,
      reason: waiting.reason,
      message: `${words(name)} (${waiting.reason})${quoted(shorten(waiting.message, WAITING_LIMIT))}`,
      sinceMs,
      occurrence: stampOf(sinceMs),
      facts: { name, reason: waiting.reason, restarts: container.restarts },
    }];
  });
}

/** From when on the container could have started: a waiting state tells no time of its own. */
function waitingSince(pod: PodView, { role, lastTerminated }: ContainerView): number | null {
  const scheduled = conditionOf(pod.status, "PodScheduled");
  const initialized = conditionOf(pod.status, "Initialized");
  let sinceMs = scheduled?.sinceMs ?? null;
  if (role === "app" && initialized?.status === "True") sinceMs = laterOf(sinceMs, initialized.sinceMs);
  if (role !== "app") {
    for (const other of pod.containers) {
      if (other.role === "init") sinceMs = laterOf(sinceMs, other.terminated?.finishedMs ?? null);
    }
  }
  return laterOf(sinceMs, lastTerminated?.finishedMs ?? null);
}
