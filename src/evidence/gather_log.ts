import { Buffer } from "node:buffer";
import { countOf, objectOf, textOf } from "../inventory/json_field.ts";
import { redactLarge } from "../redaction/redact_large.ts";
import { chooseContainer, type ContainerView } from "./container_choice.ts";
import type { ReadTarget } from "./evidence_api.ts";
import { Omission } from "./evidence_part.ts";
import type { Gather, Scene } from "./scene.ts";
import { selectLogLines } from "./select_log_lines.ts";

const TAIL_LINES = 200;
const LIMIT_BYTES = 64 * 1024;
/** `limitBytes` cuts what comes last, which is what matters: so few lines fit in mostly. */
const FEW_LINES = 20;
/** The kubelet answers 200 with these words where it has no log (pkg/kubelet/kuberuntime, GetContainerLogs). */
const REFUSAL = /^(?:unable to retrieve container logs for |failed to try resolving symlinks in path )[^\n]{0,500}\n?$/;

/** The log of the container that ended, or of the one that runs and fails its probes. */
export const gatherLog: Gather = async (scene) => {
  if (scene.logLines === 0) return null;
  const pod = await scene.pod();
  const chosen = pod === null ? null : chooseContainer(pod, scene.request.sighting.container);
  if (pod === null || chosen === null) return null;
  const which = whichLog(chosen, scene.request.sighting.category);
  if (which === null) return null;
  const { text, previous, cut } = await readLog(scene, textOf(objectOf(pod.metadata).name), chosen.name, which);
  if (text.trim() === "") return { container: chosen.name, previous, lines: "", left_out: 0 };
  // Redacted whole: a key of many lines is none once lines are left out.
  const redacted = await redactLarge(text, true, scene.signal, { redactor: scene.redactor });
  const { lines, errors, leftOut } = selectLogLines(redacted.text, scene.logLines);
  return {
    container: chosen.name,
    previous,
    ...(errors === "" ? {} : { errors }),
    lines,
    left_out: leftOut,
    ...(cut ? { cut: true } : {}),
  };
};

/**
 * `previous` is the container before the present one: while this one waits or runs again, the one that ended; while it is
 * `terminated`, one too early (pkg/kubelet/kubelet_pods.go, validateContainerLogStatus). `null`: none has run.
 */
function whichLog({ status }: ContainerView, category: string): "present" | "previous" | null {
  const state = objectOf(status.state);
  if (state.terminated !== undefined) return "present";
  const hasEnded = objectOf(status.lastState).terminated !== undefined || countOf(status.restartCount) > 0;
  if (state.running !== undefined) return hasEnded && category !== "probe" ? "previous" : "present";
  return hasEnded ? "previous" : null;
}

interface ReadLog {
  readonly text: string;
  readonly previous: boolean;
  readonly cut: boolean;
}

async function readLog(scene: Scene, name: string, container: string, which: "present" | "previous"): Promise<ReadLog> {
  const { namespace } = scene.request.sighting;
  const previous = which === "previous";
  const target = (lines: number): ReadTarget => ({
    api: "/api/v1",
    resource: "pods",
    namespace,
    name,
    subresource: "log",
    fromKubelet: true,
    query: { container, previous: previous || undefined, tailLines: lines, limitBytes: LIMIT_BYTES },
  });
  const first = (await scene.api.text(target(TAIL_LINES), LIMIT_BYTES)).text;
  if (REFUSAL.test(first)) throw new Omission("not_available");
  if (Buffer.byteLength(first) < LIMIT_BYTES - 3) return { text: first, previous, cut: false };
  // The end is missing. Where there is no more budget, the beginning is better than nothing.
  const fewer = await scene.api.text(target(FEW_LINES), LIMIT_BYTES).then(({ text }) => text, () => first);
  return { text: fewer, previous, cut: true };
}
