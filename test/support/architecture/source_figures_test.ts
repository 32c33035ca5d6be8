import assert from "node:assert/strict";
import { readSourceFacts } from "./source_facts.ts";
import { countSources } from "./source_figures.ts";

const FILES = {
  "src/wire/a.ts": `export const a = 1;\nexport type Unused = 1;\nexport const forTests = 2;\n`,
  "src/bus/b.ts": `import { a } from "../wire/a.ts";\nexport const b = a;\n`,
  "src/agent.ts": `import { b } from "./bus/b.ts";\nexport function runAgent() {\n  return b;\n}\n`,
  "cli/c.ts": `const { runAgent } = await import("../src/agent.ts");\nrunAgent();\n`,
  "src/wire/a_test.ts": `import { forTests } from "./a.ts";\nforTests;\n`,
};

Deno.test("source figures: files, arrows, levels and exported names are counted", () => {
  const { longestFile, ...figures } = countSources(
    Object.entries(FILES).map(([path, text]) => readSourceFacts(path, text)),
  );
  assert.equal(longestFile.path, "src/agent.ts");
  assert.deepEqual(figures, {
    files: 4,
    medianFile: 3,
    p90File: 4,
    functionsOver60: 0,
    functionsOver120: 0,
    wholeFunctionsOver60: 0,
    wholeFunctionsOver120: 0,
    runAgent: 3,
    arrows: 3,
    levels: 4,
    upwardArrows: 0,
    circlesOfFiles: 0,
    unusedExports: 1,
    exportsForTests: 1,
  });
});

Deno.test("source figures: folders in a circle are one level, and their arrows are told", () => {
  const { arrows, levels, upwardArrows } = countSources([
    readSourceFacts("src/bus/a.ts", `import { b } from "../wire/b.ts"; export const a = b;`),
    readSourceFacts("src/wire/b.ts", `export const b = 1;`),
    readSourceFacts("src/wire/c.ts", `import { a } from "../bus/a.ts"; a;`),
    readSourceFacts("cli/d.ts", `import { a } from "../src/bus/a.ts"; a;`),
  ]);
  assert.deepEqual({ arrows, levels, upwardArrows }, { arrows: 3, levels: 2, upwardArrows: 2 });
});
