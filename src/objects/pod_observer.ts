import type { FeedObserver } from "../inventory/feed_observer.ts";
import { objectOf, textOf } from "../inventory/json_field.ts";
import type { FaultTracker } from "./fault_tracker.ts";
import type { ObjectJudge } from "./judge_object.ts";
import { POD_RULE_FIELDS } from "./pod_view.ts";
import type { FaultOwner } from "./tracked_object.ts";

export interface ObserverOptions {
  readonly judge: ObjectJudge;
  readonly tracker: FaultTracker;
  readonly now: () => number;
  /** Something may have to be told. */
  readonly onFinding: () => void;
}

interface PodObserverOptions extends ObserverOptions {
  /** The top owner of a pod; `null` where nobody owns it. */
  readonly ownerOf: (namespace: string, name: string) => FaultOwner | null;
  readonly isExcluded: (namespace: string) => boolean;
}

/** The namespace of a list, `null` for all. */
export function namespaceOfPath(path: string): string | null {
  const name = /\/namespaces\/([^/]+)\/[^/]+$/.exec(path)?.[1];
  return name === undefined ? null : decodeURIComponent(name);
}

/** Judges every pod that passes by in the inventory's feed. Of a pod that is well nothing is kept and nothing made. */
export function createPodObserver(options: PodObserverOptions): FeedObserver {
  const { judge, tracker, now, onFinding } = options;
  return {
    fields: POD_RULE_FIELDS,
    change({ type, object, listed }) {
      const pod = objectOf(object);
      const metadata = objectOf(pod.metadata);
      const [namespace, name] = [textOf(metadata.namespace), textOf(metadata.name)];
      if (name === "" || options.isExcluded(namespace)) return;
      const isOver = isFinished(objectOf(pod.status).phase) && metadata.deletionTimestamp === undefined;
      if (type === "DELETED" || isOver) {
        if (tracker.isEmpty()) return;
        tracker.remove({ kind: "Pod", namespace, name }, now());
        return onFinding();
      }
      const nowMs = now();
      const found = judge.pod(pod, nowMs);
      if (found.length === 0 && tracker.isEmpty()) return;
      const ref = { kind: "Pod", namespace, name, uid: textOf(metadata.uid) };
      tracker.observe(
        { ref, owner: found.length === 0 ? null : options.ownerOf(namespace, name), listed },
        found,
        nowMs,
      );
      onFinding();
    },
    listStarted: (path) => tracker.listStarted("Pod", namespaceOfPath(path)),
    listed(path) {
      tracker.listed("Pod", namespaceOfPath(path), now());
      onFinding();
    },
  };
}

const isFinished = (phase: unknown) => phase === "Succeeded" || phase === "Failed";
