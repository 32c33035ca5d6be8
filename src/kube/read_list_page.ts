import { Buffer } from "node:buffer";
import type { KubeListPage, KubeListRequest } from "./kube_client.ts";
import { KubeError } from "./kube_error.ts";
import { createListSplitter } from "./list_splitter.ts";
import { parseFields } from "./parse_fields.ts";
import { badAnswer, describeRequest } from "./status_error.ts";

/** No object is larger (etcd refuses 1.5 MB by default), and no list without its items. */
const HELD_LIMIT_BYTES = 8 * 1024 * 1024;

/** A page, and the token of the next one; `null` after the last. */
export interface ListPageRead {
  readonly page: Omit<KubeListPage, "inconsistent">;
  readonly continueToken: string | null;
}

/** Reads a page of a list from the bytes of an answer, item by item. Rejects with a `KubeError` when it is no list. */
export async function readListPage(given: KubeListRequest, body: AsyncIterable<Uint8Array>): Promise<ListPageRead> {
  const items: unknown[] = [];
  const pick = given.pick ?? ((item: unknown) => item);
  const parse = <T>(read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      throw badAnswer(given, cause);
    }
  };
  const { fields } = given;
  const parseItem = (json: Uint8Array): unknown =>
    fields === undefined ? JSON.parse(decode(json)) : parseFields(json, fields);
  const splitter = createListSplitter((json) => items.push(pick(parse(() => parseItem(json)))));
  for await (const chunk of body) {
    splitter.push(chunk);
    if (splitter.heldBytes() > HELD_LIMIT_BYTES) {
      throw new KubeError(`Cannot read a list with an object above ${HELD_LIMIT_BYTES} bytes`, {
        status: 0,
        reason: "TooLarge",
      });
    }
  }
  const envelope = parse((): unknown => JSON.parse(splitter.envelope()));
  if (isRecord(envelope) && Array.isArray(envelope.items) && envelope.items.length > 0) {
    const { verb, resource } = describeRequest("GET", given.path);
    throw new KubeError(
      `Cannot ${verb} ${resource}: the key "items" is written with an escape; is a proxy in between?`,
      {
        status: 0,
        reason: "BadAnswer",
      },
    );
  }
  if (isRecord(envelope) && typeof envelope.kind === "string" && !envelope.kind.endsWith("List")) {
    const { verb, resource } = describeRequest("GET", given.path);
    throw new KubeError(
      `Cannot ${verb} ${resource}: the answer is a ${envelope.kind.slice(0, 60)}, no list; is a proxy in between?`,
      { status: 0, reason: "BadAnswer" },
    );
  }
  const metadata = isRecord(envelope) && isRecord(envelope.metadata) ? envelope.metadata : {};
  const { resourceVersion, remainingItemCount: remaining, continue: token } = metadata;
  return {
    page: {
      items,
      resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
      remainingItemCount: typeof remaining === "number" ? remaining : null,
    },
    continueToken: typeof token === "string" && token !== "" ? token : null,
  };
}

function decode({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("utf8");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
