import { parseArgs } from "node:util";
import { type PathName, PATHS, type VariantName, VARIANTS } from "./variant.ts";

export interface BenchOptions {
  readonly events: number;
  readonly pacedSeconds: number;
  readonly pacedPerSecond: number;
  /** Delivery variants to run. */
  readonly variants: readonly VariantName[];
  /** Runs of the whole agent, watch included. */
  readonly paths: readonly PathName[];
  readonly spool: boolean;
  /** Of V8, for the processes that are measured; null takes those that the agent ships with. */
  readonly v8Flags: string | null;
  /** The agent to run; null bundles the sources. */
  readonly program: string | null;
  /** Where the JSON goes instead of standard output. */
  readonly output: string | null;
  /** A folder that gets a CPU profile of each run. */
  readonly profileDir: string | null;
}

/** How a run of the whole agent is asked for. */
const PATH_PREFIX = "path-";
const NAMES: readonly string[] = [
  ...Object.keys(VARIANTS),
  ...Object.keys(PATHS).map((name) => PATH_PREFIX + name),
  "spool",
];

export const BENCH_USAGE = `deno task bench [options]
  --events N       events in a burst (50000)
  --rate N         events a second in the steady flow in which latency is measured (200)
  --seconds N      how long the steady flow lasts (5)
  --only NAMES     comma list of: ${NAMES.join(", ")}
  --v8-flags F     flags of V8 for every process that is measured, "" for none; those of the shipped agent if absent
  --program FILE   the agent to run; made from the sources if absent
  --output FILE    write the JSON there instead of standard output
  --profile DIR    write a CPU profile of each process there
`;

/** Reads the command line; a string is what is wrong with it. */
export function parseBenchOptions(args: readonly string[]): BenchOptions | string {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        events: { type: "string", default: "50000" },
        rate: { type: "string", default: "200" },
        seconds: { type: "string", default: "5" },
        only: { type: "string" },
        "v8-flags": { type: "string" },
        program: { type: "string" },
        output: { type: "string" },
        profile: { type: "string" },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const numbers = { events: Number(values.events), rate: Number(values.rate), seconds: Number(values.seconds) };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isInteger(value) || value < 1) return `--${name} must be a whole number from 1 on`;
  }
  const only = values.only === undefined ? NAMES : values.only.split(",");
  const unknown = only.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) return `--only: there is no ${unknown.join(", ")}; there are ${NAMES.join(", ")}`;
  return {
    events: numbers.events,
    pacedPerSecond: numbers.rate,
    pacedSeconds: numbers.seconds,
    variants: only.filter(isVariantName),
    paths: only.filter((name) => name.startsWith(PATH_PREFIX)).map((name) => name.slice(PATH_PREFIX.length))
      .filter(isPathName),
    spool: only.includes("spool"),
    v8Flags: values["v8-flags"] ?? null,
    program: values.program ?? null,
    output: values.output ?? null,
    profileDir: values.profile ?? null,
  };
}

const isPathName = (name: string): name is PathName => Object.hasOwn(PATHS, name);
const isVariantName = (name: string): name is VariantName => Object.hasOwn(VARIANTS, name);
