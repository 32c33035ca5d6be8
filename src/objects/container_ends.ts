import { compact } from "../lifecycle/compact.ts";
import { laterOf, stampOf } from "./condition_of.ts";
import type { ContainerFacts, Finding } from "./object_rule.ts";
import type { ContainerView, PodView, Termination } from "./pod_view.ts";

const SIGNALS: Readonly<Record<number, string>> = { 6: "SIGABRT", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM" };

/** `oom.container.killed`: by the kernel, and the container with it. */
export function containerOomKilled(pod: PodView): readonly Finding[] {
  return deaths(pod, ({ reason, exitCode }) => reason === "OOMKilled" && exitCode !== 0, (container, end) => ({
    reason: "OOMKilled",
    message: `Container ${container.name} was killed because it ran out of memory (${
      [
        container.memoryLimit === "" ? "no memory limit: the node was short of it" : `limit ${container.memoryLimit}`,
        ...exitWords(end),
      ].join(", ")
    })`,
  }));
}

/**
 * `oom.container.child_killed`: a process of the container was killed and its first one ended with 0
 * (https://github.com/kubernetes/kubernetes/issues/104454).
 */
export function childOomKilled(pod: PodView): readonly Finding[] {
  return deaths(pod, ({ reason, exitCode }) => reason === "OOMKilled" && exitCode === 0, (container) => ({
    reason: "OOMKilled",
    message: `A process in container ${container.name} was killed because it ran out of memory${
      container.memoryLimit === "" ? "" : ` (limit ${container.memoryLimit})`
    }; the container itself ended with exit 0`,
  }));
}

/** `crash.container.exit`: of containers that should run for ever. */
export function containerExited(pod: PodView): readonly Finding[] {
  const known = deaths(
    pod,
    ({ reason, exitCode }) => reason !== "OOMKilled" && exitCode !== 0,
    (container, end) => ({ reason: end.reason || "Error", message: describeExit(container, end) }),
    runsForEver,
  );
  return [...known, ...pod.containers.flatMap((container) => unknownEnd(pod, container))];
}

/**
 * A restart whose end nobody wrote down: `lastState` may be empty although `restartCount` rose
 * (https://github.com/kubernetes/kubernetes/issues/101044).
 */
function unknownEnd(pod: PodView, container: ContainerView): readonly Finding[] {
  const { restarts, running, terminated, lastTerminated } = container;
  if (restarts === 0 || terminated !== null || lastTerminated !== null || !runsForEver(pod, container)) return [];
  if (running === null || running.startedMs === null) return []; // when it was is known once it runs again
  return [{
    container: container.name,
    reason: "ContainerRestarted",
    message: `Container ${container.name} was restarted; how it ended is not known`,
    sinceMs: running.startedMs,
    occurrence: `restart ${restarts}`,
    facts: { name: container.name, restarts },
    ...wellSince(container),
  }];
}

function runsForEver(pod: PodView, { role }: ContainerView): boolean {
  return role === "sidecar" || (role === "app" && pod.restartPolicy === "Always");
}

/** The newest end of each container, which first stands in `state` and then, the same, in `lastState`. */
export function lastEnd({ terminated, lastTerminated }: ContainerView): Termination | null {
  return terminated ?? lastTerminated;
}

function deaths(
  pod: PodView,
  is: (end: Termination) => boolean,
  describe: (container: ContainerView, end: Termination) => Pick<Finding, "reason" | "message">,
  concerns: (pod: PodView, container: ContainerView) => boolean = () => true,
): readonly Finding[] {
  return pod.containers.flatMap((container) => {
    const end = lastEnd(container);
    if (end === null || !is(end) || !concerns(pod, container)) return [];
    return [{
      container: container.name,
      ...describe(container, end),
      sinceMs: end.finishedMs,
      occurrence: end.containerId || stampOf(end.finishedMs),
      facts: factsOf(container, end),
      ...wellSince(container),
    }];
  });
}

/** Since when a container that ended has been running and ready again or, of an init container, has done its work. */
export function wellSince(container: ContainerView): { readonly wellSinceMs?: number } {
  const { running, ready, terminated, lastTerminated, role } = container;
  if (running !== null && ready) {
    const sinceMs = laterOf(running.startedMs, lastTerminated?.finishedMs ?? null);
    return sinceMs === null ? {} : { wellSinceMs: sinceMs };
  }
  const isDone = role === "init" && terminated !== null && terminated.exitCode === 0;
  return isDone && terminated.finishedMs !== null ? { wellSinceMs: terminated.finishedMs } : {};
}

function describeExit(container: ContainerView, end: Termination): string {
  const { name } = container;
  const { reason, exitCode, signal } = end;
  if (reason === "ContainerStatusUnknown" || exitCode === 255 || reason === "Unknown") {
    return `Container ${name} ended while nobody could see how (${exitWords(end).join(", ")}): its node was probably ` +
      "restarted";
  }
  const killed = exitCode === 137 || signal === 9;
  const words = [...exitWords(end), ...(reason === "" || reason === "Error" ? [] : [reason])].join(", ");
  // 137 is any SIGKILL: a liveness probe, a grace period that ran out, somebody's own kill.
  return killed
    ? `Container ${name} was killed (${words}), and not for its memory limit as far as the kubelet knows`
    : `Container ${name} ended with an error (${words || "its exit code is not known"})`;
}

function exitWords({ exitCode, signal }: Termination): readonly string[] {
  if (exitCode === null) return [];
  const number = signal !== null && signal > 0 ? signal : exitCode > 128 && exitCode < 192 ? exitCode - 128 : null;
  const name = number === null ? undefined : SIGNALS[number];
  return [`exit ${exitCode}${name === undefined ? "" : ` ${name}`}`];
}

/** What a report says of a container that ended. */
export function factsOf(container: ContainerView, end: Termination): ContainerFacts {
  const { exitCode, startedMs, finishedMs } = end;
  const signal = end.signal !== null && end.signal > 0
    ? end.signal
    : exitCode !== null && exitCode > 128 && exitCode < 192
    ? exitCode - 128
    : undefined;
  return {
    name: container.name,
    ...compact({
      exit_code: exitCode ?? undefined,
      signal,
      reason: end.reason || undefined,
      started_at: startedMs === null ? undefined : stampOf(startedMs),
      finished_at: finishedMs === null ? undefined : stampOf(finishedMs),
    }),
    restarts: container.restarts,
  };
}
