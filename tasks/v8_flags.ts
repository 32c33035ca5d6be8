import type { Profile } from "./build_permissions.ts";

/**
 * How V8 spends memory; docs/building.md has the measurements.
 *
 * - `max-semi-space-size`, in MiB: left alone, V8 lets the young generation grow by a burst to several times what lives.
 * - `optimize-for-size`: less speculation about what will run often.
 */
export const V8_FLAGS: readonly string[] = ["--max-semi-space-size=1", "--optimize-for-size"];

/**
 * The flags of an executable. In a container the heap fits the memory limit of the manifests (256Mi) with what lies beside
 * the heap: V8 then collects harder before the kernel ends the process. On a workstation a dump of a large cluster that
 * `agent detect-cluster --from` reads may take what it takes.
 */
export function v8FlagsOf(profile: Profile): readonly string[] {
  return profile === "image" ? [...V8_FLAGS, "--max-old-space-size=128"] : V8_FLAGS;
}
