import { compareResourceVersions } from "../kube/resource_version.ts";

/** One thing that was read and is not yet safe. */
interface ProgressStep {
  readonly resourceVersion: string | null;
  /** When it was read, wall clock. */
  readonly atMs: number;
  done: boolean;
}

/**
 * Up to which resourceVersion everything that was read is safe: reported and vouched for by the outbox, or not to be
 * reported. Steps are opened in the order of the watch and finished in any order.
 */
export function createWatchProgress(start: string | null, now: () => number): WatchProgress {
  let safe = start;
  let open: ProgressStep[] = [];
  let head = 0;
  let target: string | null = null;

  function advance(): void {
    while (open[head]?.done === true) {
      // Assigned, not compared: a cluster restored from a backup goes on with lower versions.
      safe = open[head]?.resourceVersion ?? safe;
      head++;
    }
    if (head > 1_024 && head * 2 > open.length) {
      open = open.slice(head);
      head = 0;
    }
  }

  return {
    open(resourceVersion) {
      const step: ProgressStep = { resourceVersion, atMs: now(), done: false };
      open.push(step);
      return step;
    },
    finish(step) {
      step.done = true;
      if (open[head] === step) advance();
    },
    pass(resourceVersion) {
      if (head < open.length) open.push({ resourceVersion, atMs: now(), done: true });
      else safe = resourceVersion;
    },
    safeVersion: () => safe,
    unsafeSinceMs: () => open[head]?.atMs ?? null,
    pending: () => open.length - head,
    catchUpTo(resourceVersion) {
      target = resourceVersion;
    },
    reach(resourceVersion) {
      if (target === null) return;
      const order = compareResourceVersions(resourceVersion, target);
      if (order === null || order >= 0) target = null;
    },
    isCatchingUp: () => target !== null,
  };
}

export interface WatchProgress {
  /** Begins a step; `null` for an object of a list, whose own version says nothing about the others. */
  open(resourceVersion: string | null): ProgressStep;
  finish(step: ProgressStep): void;
  /** A step that needs nothing more: an ignored event, a bookmark, the end of a list. */
  pass(resourceVersion: string): void;
  /** Everything up to this version is safe; `null` when nothing is known yet. */
  safeVersion(): string | null;
  /** When the oldest thing was read that is not safe; `null` when all is. */
  unsafeSinceMs(): number | null;
  /** From now on the watch reads what happened up to this version, which is over; `null`: it is done with that. */
  catchUpTo(resourceVersion: string | null): void;
  /** The watch has come to this version: all before it has been read. */
  reach(resourceVersion: string): void;
  /** Whether what is read now happened before the watch was opened. */
  isCatchingUp(): boolean;
  /** Steps between the safe version and what was read last. */
  pending(): number;
}
