import { readFleet } from "../../src/bus/read_fleet.ts";
import { systemClock } from "../../src/lifecycle/clock.ts";
import { compact } from "../../src/lifecycle/compact.ts";
import { waitAtMost } from "../../src/lifecycle/wait_at_most.ts";
import type { CliContext } from "../cli_context.ts";
import { readNatsOverrides } from "../nats_access.ts";
import { listNatsContexts } from "../nats_context.ts";
import type { CompletedKind } from "../shell.ts";
import { openBus } from "./open_bus.ts";

/** A person waits with a finger on the key. */
const LIMIT_MS = 1_500;
const CONNECT_MS = 1_000;

/**
 * What no shell takes for anything but a word: names come from the bus, and bash expands the words that it is given to
 * choose from.
 */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** The ids and names of clusters, or the contexts of the `nats` program, sorted. Nothing, soon, where they can't be had. */
export async function completeWords(
  context: CliContext,
  kind: CompletedKind,
  typed: readonly string[],
): Promise<readonly string[]> {
  let words: readonly string[] = [];
  const reading = (kind === "contexts" ? listNatsContexts(context.env) : listClusters(context, typed))
    .then((found) => void (words = found))
    .catch(() => {}); // a message in the middle of a half-typed line helps nobody
  await waitAtMost(reading, LIMIT_MS, systemClock, context.signal);
  return [...new Set(words)].filter((word) => SAFE.test(word)).sort();
}

async function listClusters(context: CliContext, typed: readonly string[]): Promise<readonly string[]> {
  const quiet = { ...context, stderr: { write: () => true } };
  const valueOf = (...names: readonly string[]) => {
    const at = typed.findLastIndex((word) => names.includes(word));
    return at === -1 ? undefined : typed[at + 1];
  };
  const [nats, creds, nkey] = [valueOf("--nats"), valueOf("--creds"), valueOf("--nkey")];
  const bus = await openBus(quiet, {
    ...compact({ config: valueOf("-c", "--config"), context: valueOf("--context") }),
    flags: readNatsOverrides(compact({ nats: nats?.split(","), creds, nkey })),
    purpose: "complete",
    withinMs: CONNECT_MS,
  });
  try {
    const { entries } = await readFleet(bus.nats);
    return entries.flatMap(({ id, register }) => [id, register?.value.cluster_name ?? ""]);
  } finally {
    await bus.nats.close().catch(() => {});
  }
}
