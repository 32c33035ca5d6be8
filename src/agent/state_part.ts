import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../config/config_schema.ts";
import type { KubeAccessPlan } from "../kube/open_kube_access.ts";
import type { Clock } from "../lifecycle/clock.ts";
import { createLogger } from "../lifecycle/logging.ts";
import type { AgentPart } from "../lifecycle/part.ts";
import { openStateLock } from "../state/state_lock.ts";

interface StatePartOptions {
  readonly config: Config;
  readonly accessPlan: KubeAccessPlan;
  readonly clock: Clock;
}

/** Bits of a folder's mode that let its group or everybody write. */
const OTHERS_WRITE = 0o022;

/**
 * Keeps other agents away from the folder of the state, where the state is kept in files. Rejects with an `AgentError`
 * when another process uses it.
 */
export async function openStatePart(options: StatePartOptions, signal: AbortSignal): Promise<AgentPart> {
  const { config: { state, outbox }, accessPlan, clock } = options;
  const folder = state.kind === "file" ? dirname(state.path) : null;
  // In a pod every volume is open to everybody (an emptyDir has mode 0777, with fsGroup 2777), and nobody else is there.
  if (accessPlan.kind !== "in-cluster") await warnOfOpenFolders([folder, outbox.spool_dir ?? null]);
  return {
    name: "state",
    services: folder === null ? [] : [await openStateLock({ dir: folder, clock }, signal)],
    conditions: () => [],
    status: () => ({}),
    refreshGauges() {},
  };
}

async function warnOfOpenFolders(folders: readonly (string | null)[]): Promise<void> {
  for (const folder of folders) {
    if (folder === null) continue;
    const mode = await stat(folder).then((found) => found.mode, () => 0);
    if ((mode & OTHERS_WRITE) === 0) continue;
    createLogger("state").warn(
      "Other users may write a folder of the agent; they could plant a checkpoint or take nonces away: chmod go-w",
      { folder, mode: (mode & 0o7777).toString(8) },
    );
  }
}
