import { countSources } from "./source_figures.ts";
import { readSources } from "./read_sources.ts";

/** `deno task figures [FOLDER]`: what can be counted of the program's files, of this checkout or another one. */
const [root = "."] = process.argv.slice(2);
const figures = countSources(await readSources(root, ["src", "cli", "test", "tasks", "sandbox"]));
const rows: readonly (readonly [string, string | number])[] = [
  ["files of src and cli, without tests", figures.files],
  ["lines of a file, median", figures.medianFile],
  ["lines of a file, 90th percentile", figures.p90File],
  ["lines of the longest file", `${figures.longestFile.lines}  ${figures.longestFile.path}`],
  ["functions over 60 lines, without inner functions", figures.functionsOver60],
  ["functions over 120 lines, without inner functions", figures.functionsOver120],
  ["functions over 60 lines, as a whole", figures.wholeFunctionsOver60],
  ["functions over 120 lines, as a whole", figures.wholeFunctionsOver120],
  ["lines of runAgent, as a whole", figures.runAgent ?? "not found"],
  ["arrows between folders", figures.arrows],
  ["levels of folders", figures.levels],
  ["arrows in a circle of folders", figures.upwardArrows],
  ["circles of files", figures.circlesOfFiles],
  ["exported names that nobody else uses", figures.unusedExports],
  ["exported names that only tests use", figures.exportsForTests],
];
const width = Math.max(...rows.map(([label]) => label.length));
for (const [label, value] of rows) process.stdout.write(`${label.padEnd(width)}  ${value}\n`);
