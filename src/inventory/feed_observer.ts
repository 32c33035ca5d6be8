import type { FieldTree } from "../kube/parse_fields.ts";

/** An object as it passes by in a feed. */
interface ObjectChange {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** Parsed JSON that nobody has checked; of a listed object, the fields that the feed's readers named. */
  readonly object: unknown;
  /** It comes from a list: it may have been known before. */
  readonly listed: boolean;
}

/**
 * Somebody who looks at the objects of a feed as they pass by, beside its store. Nothing is read for an observer alone.
 * It is called in the middle of reading: it must neither throw nor wait.
 */
export interface FeedObserver {
  /** What it reads of an object. */
  readonly fields: FieldTree;
  change(change: ObjectChange): void;
  /** A list of `path` begins: what is there comes anew. May begin again before it is complete. */
  listStarted?(path: string): void;
  /** The list of `path` is complete: what it did not bring is gone. */
  listed?(path: string): void;
}
