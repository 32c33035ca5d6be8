/** An object as the store keeps it: what was put, with name, namespace, uid and resourceVersion filled in. */
export type StoredObject = Readonly<Record<string, unknown>> & {
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly resourceVersion: string };
};

export interface StoreChange {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: string;
  readonly version: number;
  readonly object: StoredObject;
  /** What it was before, for watches with selectors. */
  readonly before: StoredObject | null;
}

/** What a caller puts: any object of Kubernetes' shape. */
export interface ObjectInput {
  readonly [key: string]: unknown;
  readonly metadata: { readonly [key: string]: unknown; readonly name: string; readonly namespace?: string };
}

/** A store at one moment. */
export interface StoreBackup {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly version: number;
}

export interface ObjectStore {
  /** Creates or replaces; `resource` is the path's last part: `events`. Returns what is stored. */
  put(resource: string, input: ObjectInput): StoredObject;
  remove(resource: string, namespace: string, name: string): boolean;
  get(resource: string, namespace: string, name: string): StoredObject | undefined;
  /** Sorted by namespace and name, as etcd's keys are. */
  list(resource: string, namespace: string | null): StoredObject[];
  version(): number;
  /** The version before which nothing is known. */
  oldest(): number;
  /** Forgets changes up to now: a watch from an older version gets 410. */
  compact(): void;
  /** Everything as it is now, for `restore`: a backup. */
  backup(): StoreBackup;
  /** Goes back to a backup, versions included; who watches is told nothing, so cut the connections too. */
  restore(backup: StoreBackup): void;
  /** The changes after `version`, or `null` when they are no longer kept. */
  since(version: number): readonly StoreChange[] | null;
  /** Told of every change; the return value ends it. */
  subscribe(listener: (change: StoreChange) => void): () => void;
}

/** Objects with one global resourceVersion and a history, as etcd keeps them. */
export function createObjectStore(): ObjectStore {
  const objects = new Map<string, StoredObject>();
  const listeners = new Set<(change: StoreChange) => void>();
  let history: StoreChange[] = [];
  let compactedAt = 0;
  let version = 100;
  let restores = 0;

  function record(
    type: StoreChange["type"],
    resource: string,
    object: StoredObject,
    before: StoredObject | null,
  ): void {
    const change = { type, resource, version, object, before };
    history.push(change);
    for (const listener of listeners) listener(change);
  }

  return {
    put(resource, input) {
      const namespace = input.metadata.namespace ?? "";
      const key = keyOf(resource, namespace, input.metadata.name);
      const before = objects.get(key);
      version++;
      const object: StoredObject = {
        ...input,
        metadata: {
          uid: before?.metadata.uid ?? `uid-${version}${restores === 0 ? "" : `-after-restore-${restores}`}`,
          creationTimestamp: before?.metadata.creationTimestamp ?? new Date().toISOString(),
          ...input.metadata,
          resourceVersion: String(version),
        },
      };
      objects.set(key, object);
      record(before === undefined ? "ADDED" : "MODIFIED", resource, object, before ?? null);
      return object;
    },
    remove(resource, namespace, name) {
      const key = keyOf(resource, namespace, name);
      const before = objects.get(key);
      if (before === undefined) return false;
      objects.delete(key);
      version++;
      record(
        "DELETED",
        resource,
        { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } },
        before,
      );
      return true;
    },
    get: (resource, namespace, name) => objects.get(keyOf(resource, namespace, name)),
    list: (resource, namespace) =>
      [...objects.keys()].sort()
        .filter((key) => key.startsWith(namespace === null ? `${resource}\n` : `${resource}\n${namespace}\n`))
        .flatMap((key) => objects.get(key) ?? []),
    version: () => version,
    oldest: () => compactedAt,
    compact() {
      history = [];
      compactedAt = version;
    },
    backup: () => ({ objects: new Map(objects), version }),
    restore(backup) {
      restores++;
      objects.clear();
      for (const [key, object] of backup.objects) objects.set(key, object);
      history = [];
      compactedAt = version = backup.version;
    },
    since: (from) => from < compactedAt ? null : history.filter((change) => change.version > from),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const keyOf = (resource: string, namespace: string, name: string) => `${resource}\n${namespace}\n${name}`;
