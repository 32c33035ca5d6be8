import { listStreams } from "../../src/bus/list_streams.ts";
import { readFleet } from "../../src/bus/read_fleet.ts";
import { listKubeContexts } from "../../src/kube/kubeconfig/load_kubeconfig.ts";
import { planKubeAccess } from "../../src/kube/open_kube_access.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { waitAtMost } from "../../src/lifecycle/wait_at_most.ts";
import type { CliContext } from "../cli_context.ts";
import { readNatsOverrides } from "../nats_access.ts";
import { listNatsContexts } from "../nats_context.ts";
import type { CompletedKind } from "../shell.ts";
import { type CliBus, openBus } from "./open_bus.ts";

/** A person waits with a finger on the key. */
const LIMIT_MS = 1_500;
const CONNECT_MS = 1_000;

/**
 * What no shell takes for anything but a word: names come from the bus, and bash expands the words that it is given to
 * choose from. Contexts of a kubeconfig are often addresses or ARNs.
 */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,252}$/;

/** The value of an option among the words typed so far, by its names. */
type Typed = (...names: readonly string[]) => string | undefined;

const LISTS: Readonly<Record<CompletedKind, (context: CliContext, typed: Typed) => Promise<readonly string[]>>> = {
  clusters: (context, typed) => askBus(context, typed, listClusters),
  contexts: ({ env }) => listNatsContexts(env),
  "kube-contexts": listContexts,
  reasons: async () => (await loadCatalogue()).flatMap(({ reason }) => reason ?? []),
  rules: async () => [
    ...(await loadCatalogue()).map(({ id }) => id),
    ...(await import("../../src/objects/object_rules.ts")).OBJECT_RULES.map(({ id }) => id),
  ],
  streams: (context, typed) => askBus(context, typed, listStreams),
};

/** What can stand at the cursor, sorted. Nothing, soon, where it can't be had. */
export async function completeWords(
  context: CliContext,
  kind: CompletedKind,
  typed: readonly string[],
): Promise<readonly string[]> {
  let words: readonly string[] = [];
  const reading = LISTS[kind](context, valuesIn(typed, context.env))
    .then((found) => void (words = found))
    .catch(() => {}); // a message in the middle of a half-typed line helps nobody
  await waitAtMost(reading, LIMIT_MS, systemClock, context.signal);
  return [...new Set(words)].filter((word) => SAFE.test(word)).sort();
}

/** A shell hands over what was typed before it makes a path of ~. */
function valuesIn(typed: readonly string[], { HOME }: CliContext["env"]): Typed {
  return (...names) => {
    const at = typed.findLastIndex((word) => names.includes(word));
    const value = at === -1 ? undefined : typed[at + 1];
    return HOME && value?.startsWith("~/") ? HOME + value.slice(1) : value;
  };
}

const loadCatalogue = async () => (await import("../../src/events/catalogue/catalogue.ts")).CATALOGUE;

async function listContexts({ env }: CliContext, typed: Typed): Promise<readonly string[]> {
  // Who asks for a context does not want the account of the pod.
  const plan = planKubeAccess({ kubeconfig: typed("--kubeconfig") ?? null, context: "", env });
  return plan.kind === "kubeconfig" ? await listKubeContexts(plan) : [];
}

async function listClusters(nats: CliBus): Promise<readonly string[]> {
  const { entries } = await readFleet(nats);
  return entries.flatMap(({ id, register }) => [id, register?.value.cluster_name ?? ""]);
}

async function askBus(
  context: CliContext,
  typed: Typed,
  ask: (nats: CliBus) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const quiet = { ...context, stderr: { write: () => true } };
  const [nats, creds, nkey] = [typed("--nats"), typed("--creds"), typed("--nkey")];
  const bus = await openBus(quiet, {
    ...compact({ config: typed("-c", "--config"), context: typed("--context") }),
    flags: readNatsOverrides(compact({ nats: nats?.split(","), creds, nkey })),
    purpose: "complete",
    withinMs: CONNECT_MS,
  });
  try {
    return await ask(bus.nats);
  } finally {
    await bus.nats.close().catch(() => {});
  }
}
