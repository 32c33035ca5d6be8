import { parseArgs } from "node:util";

export interface SoakOptions {
  readonly minutes: number;
  /** Events a second, noise included. */
  readonly perSecond: number;
  /** Makes the same cuts again. */
  readonly seed: number;
  /** What is run; null bundles the sources. */
  readonly program: string | null;
  /** Where the JSON goes instead of standard output. */
  readonly output: string | null;
}

export const SOAK_USAGE = `deno task soak [options]
  --minutes N     how long events flow (15)
  --rate N        events a second (20)
  --seed N        makes the same cuts in the same order again
  --program FILE  the program to run; made from the sources if absent
  --output FILE   write the JSON there instead of standard output
`;

/** Reads the command line; a string is what is wrong with it. */
export function parseSoakOptions(args: readonly string[], randomSeed: number): SoakOptions | string {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: "string", default: "15" },
        rate: { type: "string", default: "20" },
        seed: { type: "string", default: String(randomSeed) },
        program: { type: "string" },
        output: { type: "string" },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const minutes = Number(values.minutes);
  const perSecond = Number(values.rate);
  const seed = Number(values.seed);
  if (!(minutes > 0)) return "--minutes must be a number above 0";
  if (!(perSecond > 0 && perSecond <= 1_000)) return "--rate must be a number above 0, up to 1000";
  if (!Number.isSafeInteger(seed)) return "--seed must be a whole number";
  return { minutes, perSecond, seed, program: values.program ?? null, output: values.output ?? null };
}
