import type { Fault } from "./fault_script.ts";
import { type ObjectForm, renderList } from "./object_form.ts";
import type { ObjectStore, StoredObject } from "./object_store.ts";
import type { Route } from "./route.ts";
import { parseSelectors } from "./selector.ts";
import { type Answer, badRequest, status } from "./status.ts";

export type Lister = (route: Route, query: URLSearchParams, form: ObjectForm, fault: Fault | null) => Answer;

interface View {
  readonly objects: readonly StoredObject[];
  readonly version: number;
}

/** Lists that are being paged through at a time; older ones are as good as expired. */
const VIEW_LIMIT = 50;

/**
 * Answers lists a page at a time. The pages of one list show the objects of one version, as etcd gives them: the
 * continue token carries that version and where to go on.
 */
export function createLister(store: ObjectStore): Lister {
  const views = new Map<string, View>();
  let lastView = 0;

  return (route, query, form, fault) => {
    const matches = parseSelectors(query.get("labelSelector"), query.get("fieldSelector"));
    if (matches === null) return badRequest("unable to parse requirement");
    const now = (): View => ({
      objects: store.list(route.table, route.namespace).filter(matches),
      version: store.version(),
    });
    const limit = Number(query.get("limit") ?? 0) || Infinity;
    const token = query.get("continue") || null;
    const [viewId, startText] = token?.split(":") ?? [];
    const held = viewId === undefined ? undefined : views.get(viewId);
    const start = Number(startText ?? 0);
    if (token !== null && !Number.isInteger(start)) return badRequest("continue key is not valid");
    const expired = token !== null && (fault?.kind === "expiredToken" || (viewId !== "now" && held === undefined));
    if (expired) return expiredAnswer(fault?.kind === "expiredToken" && !fault.inconsistent ? null : `now:${start}`);

    const view = held ?? now();
    const end = Math.min(start + limit, view.objects.length);
    const more = end < view.objects.length;
    return {
      status: 200,
      body: renderList(view.objects.slice(start, end), route, form, {
        resourceVersion: String(view.version),
        ...(more
          ? {
            continue: `${held === undefined ? keep(view) : viewId}:${end}`,
            remainingItemCount: view.objects.length - end,
          }
          : {}),
      }),
    };
  };

  function keep(view: View): string {
    const id = String(++lastView);
    views.set(id, view);
    views.delete(String(lastView - VIEW_LIMIT));
    return id;
  }
}

function expiredAnswer(offered: string | null): Answer {
  const message =
    "The provided continue parameter is too old to display a consistent list result. You can start a new " +
    "list without the continue parameter, or use the continue token in this response to retrieve the remainder of the " +
    "results. Continuing with the provided token results in an inconsistent list.";
  return {
    status: 410,
    body: { ...status(410, "Expired", message), metadata: offered === null ? {} : { continue: offered } },
  };
}
