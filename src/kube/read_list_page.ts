import type { KubeListPage, KubeListRequest } from "./kube_client.ts";
import { KubeError } from "./kube_error.ts";
import { createListSplitter } from "./list_splitter.ts";
import { badAnswer } from "./status_error.ts";

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
  const parse = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw badAnswer(given, cause);
    }
  };
  const splitter = createListSplitter((text) => items.push(pick(parse(text))));
  for await (const chunk of body) {
    splitter.push(chunk);
    if (splitter.heldBytes() > HELD_LIMIT_BYTES) {
      throw new KubeError(`Cannot read a list with an object above ${HELD_LIMIT_BYTES} bytes`, {
        status: 0,
        reason: "TooLarge",
      });
    }
  }
  const envelope = parse(splitter.envelope());
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
