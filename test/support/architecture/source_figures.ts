import { findCircles } from "./find_circles.ts";
import type { SourceFacts } from "./source_facts.ts";

/** What can be counted of the program's own files, tests not among them. Lengths are in lines. */
export interface SourceFigures {
  readonly files: number;
  readonly medianFile: number;
  readonly p90File: number;
  readonly longestFile: { readonly path: string; readonly lines: number };
  /** Functions above a length, each without the named functions inside it. */
  readonly functionsOver60: number;
  readonly functionsOver120: number;
  /** Functions above a length, from the first line to the last. */
  readonly wholeFunctionsOver60: number;
  readonly wholeFunctionsOver120: number;
  /** From the first line to the last; `null` where no function has this name. */
  readonly runAgent: number | null;
  /** Pairs of a folder and one that it imports; the folders of `src/`, what lies in `src/` itself, and `cli/`. */
  readonly arrows: number;
  /** Folders in the longest chain of arrows, a circle counted once. */
  readonly levels: number;
  /** Arrows between folders that reach each other: in an order of layers one of them would point upwards. */
  readonly upwardArrows: number;
  readonly circlesOfFiles: number;
  /** Exported names that no other file imports, tests included. */
  readonly unusedExports: number;
  /** Exported names that only tests import. */
  readonly exportsForTests: number;
}

const isTest = (path: string) => path.endsWith("_test.ts");
const isProgram = ({ path }: SourceFacts) => /^(src|cli)\//.test(path) && !isTest(path);

/** Counts over all files of the repository; those outside `src/` and `cli/` count as users of exported names only. */
export function countSources(files: readonly SourceFacts[]): SourceFigures {
  const program = files.filter(isProgram);
  const byLength = program.map(({ path, lineCount }) => ({ path, lines: lineCount })).sort((a, b) => a.lines - b.lines);
  const at = (share: number) =>
    byLength[Math.min(byLength.length - 1, Math.floor(byLength.length * share))]?.lines ?? 0;
  const functions = program.flatMap((file) => file.functions);
  const longer = (pick: (one: typeof functions[number]) => number, limit: number) =>
    functions.filter((one) => pick(one) > limit).length;
  const names = program.flatMap(({ path, exportedNames }) => exportedNames.map(({ text }) => ({ path, name: text })));
  const usedBy = (wanted: (path: string) => boolean) => {
    const used = new Set(
      files.filter(({ path }) => wanted(path)).flatMap(({ imports }) =>
        imports.flatMap(({ target, names: taken }) => taken.map((name) => `${target} ${name}`))
      ),
    );
    return ({ path, name }: { path: string; name: string }) => used.has(`${path} ${name}`) || used.has(`${path} *`);
  };
  const usedSomewhere = usedBy(() => true);
  const usedByProduct = usedBy((path) => !isTest(path) && !path.startsWith("test/"));
  return {
    files: program.length,
    medianFile: at(0.5),
    p90File: at(0.9),
    longestFile: byLength.at(-1) ?? { path: "", lines: 0 },
    functionsOver60: longer(({ ownLines }) => ownLines, 60),
    functionsOver120: longer(({ ownLines }) => ownLines, 120),
    wholeFunctionsOver60: longer(({ lines }) => lines, 60),
    wholeFunctionsOver120: longer(({ lines }) => lines, 120),
    runAgent: functions.find(({ name }) => name === "runAgent")?.lines ?? null,
    ...countArrows(program),
    circlesOfFiles: findCircles(program).length,
    unusedExports: names.filter((one) => !usedSomewhere(one)).length,
    exportsForTests: names.filter((one) => usedSomewhere(one) && !usedByProduct(one)).length,
  };
}

/** `src/bus` for everything in it, `src/agent.ts` for itself, `cli` for all of the command line. */
const folderOf = (path: string) => path.split("/").slice(0, path.startsWith("src/") ? 2 : 1).join("/");

function countArrows(program: readonly SourceFacts[]): Pick<SourceFigures, "arrows" | "levels" | "upwardArrows"> {
  const own = new Set(program.map(({ path }) => path));
  const arrows = new Map<string, Set<string>>();
  for (const { path, imports } of program) {
    const from = folderOf(path);
    const to = arrows.get(from) ?? new Set();
    for (const { target } of imports) if (own.has(target) && folderOf(target) !== from) to.add(folderOf(target));
    arrows.set(from, to);
  }
  const reached = new Map([...arrows.keys()].map((folder) => [folder, reach(folder, arrows)]));
  const together = (a: string, b: string) => reached.get(a)?.has(b) === true && reached.get(b)?.has(a) === true;
  const pairs = [...arrows].flatMap(([from, targets]) => [...targets].map((to) => [from, to] as const));
  const depths = new Map<string, number>();
  const depth = (folder: string): number => {
    const known = depths.get(folder);
    if (known !== undefined) return known;
    const below = [folder, ...(reached.get(folder) ?? [])].filter((one) => one === folder || together(folder, one))
      .flatMap((one) => [...(arrows.get(one) ?? [])]).filter((one) => one !== folder && !together(folder, one));
    const found = 1 + Math.max(0, ...below.map(depth));
    depths.set(folder, found);
    return found;
  };
  return {
    arrows: pairs.length,
    levels: Math.max(0, ...[...arrows.keys()].map(depth)),
    upwardArrows: pairs.filter(([from, to]) => together(from, to)).length,
  };
}

function reach(from: string, arrows: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const found = new Set<string>();
  for (const queue = [from]; queue.length > 0;) {
    for (const next of arrows.get(queue.pop() ?? "") ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      queue.push(next);
    }
  }
  return found;
}
