import { toView } from "./event_view.ts";
import { isRecord } from "./is_record.ts";
import type { StoredObject } from "./object_store.ts";
import type { Route } from "./route.ts";

/** How an answer is wanted: whole objects, their metadata, or the table that kubectl prints. */
export type ObjectForm = "object" | "metadata" | "table";

/** Reads the `Accept` header; the first form in it that is known counts. */
export function parseAccept(accept: string): ObjectForm {
  for (const choice of accept.split(",")) {
    if (/;\s*as=Table\b/.test(choice)) return "table";
    if (/;\s*as=PartialObjectMetadata(List)?\b/.test(choice)) return "metadata";
    if (/^\s*(application\/json|\*\/\*)/.test(choice)) return "object";
  }
  return "object";
}

const META = "meta.k8s.io/v1";

/** The answer to a list. */
export function renderList(
  objects: readonly StoredObject[],
  route: Route,
  form: ObjectForm,
  metadata: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const kind = route.known?.kind ?? "";
  switch (form) {
    case "object":
      return {
        kind: `${kind}List`,
        apiVersion: route.apiVersion,
        metadata,
        // Items of a list carry neither kind nor apiVersion on a real server.
        items: objects.map((object) => {
          const { kind: _kind, apiVersion: _apiVersion, ...item } = toView(object, route.apiVersion);
          return item;
        }),
      };
    case "metadata":
      return {
        kind: "PartialObjectMetadataList",
        apiVersion: META,
        metadata,
        items: objects.map((object) => partialMetadata(object.metadata)),
      };
    case "table":
      return renderTable(objects, kind, metadata);
  }
}

/** One object as an answer or in a watch event. */
export function renderObject(object: StoredObject, route: Route, form: ObjectForm): Readonly<Record<string, unknown>> {
  const kind = route.known?.kind ?? String(object.kind ?? "");
  switch (form) {
    case "object":
      return { ...toView(object, route.apiVersion), kind, apiVersion: route.apiVersion };
    case "metadata":
      return partialMetadata(object.metadata);
    case "table":
      return renderTable([object], kind, { resourceVersion: object.metadata.resourceVersion });
  }
}

const partialMetadata = (metadata: unknown) => ({ kind: "PartialObjectMetadata", apiVersion: META, metadata });

interface Column {
  readonly name: string;
  readonly cell: (object: StoredObject) => unknown;
}

const at = (object: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => isRecord(value) ? value[key] : undefined, object);
const NAME: Column = { name: "Name", cell: (object) => object.metadata.name };
const AGE: Column = { name: "Age", cell: (object) => ageOf(object.metadata.creationTimestamp) };

/** The columns of kubectl's own printers for what is looked at most; everything else has name and age. */
const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    NAME,
    { name: "Ready", cell: (object) => readyContainers(object) },
    { name: "Status", cell: (object) => at(object, "status", "phase") ?? "Unknown" },
    { name: "Restarts", cell: (object) => restarts(object) },
    AGE,
  ],
  Node: [
    NAME,
    { name: "Status", cell: (object) => nodeReady(object) ? "Ready" : "NotReady" },
    AGE,
    { name: "Version", cell: (object) => at(object, "status", "nodeInfo", "kubeletVersion") ?? "" },
  ],
  ReplicaSet: [
    NAME,
    { name: "Desired", cell: (object) => at(object, "spec", "replicas") ?? 0 },
    { name: "Current", cell: (object) => at(object, "status", "replicas") ?? 0 },
    { name: "Ready", cell: (object) => at(object, "status", "readyReplicas") ?? 0 },
    AGE,
    { name: "Containers", cell: (object) => templateTexts(object, "name") },
    { name: "Images", cell: (object) => templateTexts(object, "image") },
  ],
  Namespace: [NAME, { name: "Status", cell: (object) => at(object, "status", "phase") ?? "Active" }, AGE],
};

function templateTexts(object: StoredObject, field: string): string {
  const containers = at(object, "spec", "template", "spec", "containers");
  return Array.isArray(containers) ? containers.map((container) => at(container, field)).join(",") : "";
}

function renderTable(objects: readonly StoredObject[], kind: string, metadata: unknown): Record<string, unknown> {
  const columns = COLUMNS[kind] ?? [NAME, AGE];
  return {
    kind: "Table",
    apiVersion: META,
    metadata,
    columnDefinitions: columns.map(({ name }) => ({
      name,
      type: name === "Restarts" ? "integer" : "string",
      format: name === "Name" ? "name" : "",
      description: name,
      priority: 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object)),
      object: partialMetadata(object.metadata),
    })),
  };
}

const statuses = (object: StoredObject): readonly unknown[] => {
  const list = at(object, "status", "containerStatuses");
  return Array.isArray(list) ? list : [];
};
const readyContainers = (object: StoredObject) =>
  `${statuses(object).filter((status) => at(status, "ready") === true).length}/${statuses(object).length}`;
const restarts = (object: StoredObject) =>
  statuses(object).reduce<number>((sum, status) => sum + Number(at(status, "restartCount") ?? 0), 0);

function nodeReady(object: StoredObject): boolean {
  const conditions = at(object, "status", "conditions");
  return Array.isArray(conditions) &&
    conditions.some((condition) => at(condition, "type") === "Ready" && at(condition, "status") === "True");
}

function ageOf(created: unknown): string {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(String(created))) / 1000));
  if (Number.isNaN(seconds)) return "<unknown>";
  if (seconds < 120) return `${seconds}s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`;
}
