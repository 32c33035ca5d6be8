import { randomBytes } from "node:crypto";
import { toStored, toView } from "./event_view.ts";
import { isRecord } from "./is_record.ts";
import { mergePatch } from "./merge_patch.ts";
import { renderObject } from "./object_form.ts";
import type { ObjectInput, ObjectStore, StoredObject } from "./object_store.ts";
import type { Route } from "./route.ts";
import { alreadyExists, type Answer, badRequest, conflict, notFound, refuse } from "./status.ts";

/** Both kinds of patch that are told apart by their content type alone; lists are replaced in either. */
const MERGE_PATCHES = ["application/merge-patch+json", "application/strategic-merge-patch+json"];

export interface WriteRequest {
  readonly method: string;
  readonly contentType: string;
  readonly body: unknown;
}

/** Answers POST, PUT, PATCH and DELETE on a resource. */
export function answerWrite(store: ObjectStore, route: Route, { method, contentType, body }: WriteRequest): Answer {
  const namespace = route.namespace ?? "";
  const before = route.name === null ? undefined : store.get(route.table, namespace, route.name);
  if (method === "POST") return create(store, route, body);
  if (before === undefined) return notFound(route, route.name ?? "");
  switch (method) {
    case "PUT":
      return replace(store, route, before, body);
    case "PATCH":
      if (!MERGE_PATCHES.includes(contentType)) {
        return refuse(
          415,
          "UnsupportedMediaType",
          `the body of the request was in an unknown format - accepted: ${MERGE_PATCHES}`,
        );
      }
      return replace(store, route, before, patched(before, route, body));
    case "DELETE":
      store.remove(route.table, namespace, before.metadata.name);
      return { status: 200, body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" } };
    default:
      return refuse(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  }
}

function create(store: ObjectStore, route: Route, body: unknown): Answer {
  const input = readInput(body, route);
  if (input === null) return badRequest("the object has no metadata.name");
  const { name } = input.metadata;
  if (store.get(route.table, route.namespace ?? "", name) !== undefined) return alreadyExists(route, name);
  return { status: 201, body: renderObject(store.put(route.table, input), route, "object") };
}

/** A version in the new object that is not the stored one's is a conflict: somebody else was faster. */
function replace(store: ObjectStore, route: Route, before: StoredObject, body: unknown): Answer {
  const input = readInput(body, route);
  if (input === null) return badRequest("the object has no metadata.name");
  const version = input.metadata.resourceVersion;
  if (version !== undefined && version !== before.metadata.resourceVersion) {
    return conflict(route, before.metadata.name);
  }
  return { status: 200, body: renderObject(store.put(route.table, input), route, "object") };
}

/** The object as the client of this API sees it, patched; its version goes, so that only one in the patch is compared. */
function patched(before: StoredObject, route: Route, patch: unknown): unknown {
  const { resourceVersion: _version, ...metadata } = before.metadata;
  return mergePatch({ ...toView(before, route.apiVersion), metadata }, patch);
}

function readInput(body: unknown, route: Route): ObjectInput | null {
  if (!isRecord(body) || !isRecord(body.metadata)) return null;
  const { name, generateName } = body.metadata;
  const chosen = typeof name === "string" && name !== ""
    ? name
    : typeof generateName === "string"
    ? generateName + randomBytes(3).toString("hex")
    : null;
  if (chosen === null) return null;
  const { uid: _uid, ...metadata } = body.metadata;
  const where = route.namespace === null ? {} : { namespace: route.namespace };
  const object = { ...body, apiVersion: route.apiVersion, metadata: { ...metadata, name: chosen, ...where } };
  return { ...toStored(object), metadata: object.metadata };
}
