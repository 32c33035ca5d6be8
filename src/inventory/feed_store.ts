/** What a feed fills: takes objects as parsed JSON, keeps what it needs of them and drops the rest at once. */
export interface FeedStore {
  /** The object is there, now or anew. Returns false when it could not be read. */
  put(object: unknown): boolean;
  /** The object is gone. Returns false when it could not be read. */
  delete(object: unknown): boolean;
  /** Objects that are known now. */
  size(): number;
}
