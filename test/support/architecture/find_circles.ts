import type { SourceFacts } from "./source_facts.ts";

/**
 * The circles of files that import each other, dynamic imports and those of types too: one for each group of files that
 * all reach each other, as the shortest way from its first file back to it.
 */
export function findCircles(files: readonly SourceFacts[]): readonly (readonly string[])[] {
  const known = new Set(files.map(({ path }) => path));
  const imports = new Map(
    files.map(({ path, imports }) => [path, imports.map(({ target }) => target).filter((to) => known.has(to))]),
  );
  const told = new Set<string>();
  return [...known].sort().flatMap((path) => {
    if (told.has(path)) return [];
    const circle = wayBack(path, imports);
    if (circle === null) return [];
    for (const member of circle) told.add(member);
    return [circle];
  });
}

/** The shortest circle through a file, breadth first; `null` where no import leads back to it. */
function wayBack(from: string, imports: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  for (const queue = [from]; queue.length > 0;) {
    const path = queue.shift() ?? "";
    for (const next of imports.get(path) ?? []) {
      if (next === from) return traceBack(path, cameFrom);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, path);
      queue.push(next);
    }
  }
  return null;
}

function traceBack(last: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const way: string[] = [];
  for (let path: string | undefined = last; path !== undefined; path = cameFrom.get(path)) way.unshift(path);
  return way;
}
