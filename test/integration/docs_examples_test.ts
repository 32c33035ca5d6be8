import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { kubeSystem, list, nodes } from "../fixtures/cluster_objects.ts";
import { EKS } from "../fixtures/known_cluster.ts";
import { type DocsExample, readDocsExamples, readDocsFiles } from "../support/docs_example.ts";
import { startDocsWorld } from "../support/docs_world.ts";
import { findPresentTool } from "../../sandbox/find_tool.ts";
import { readMarkdownPage } from "../support/markdown_page.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PATHS = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].concat(
  (await readdir(join(ROOT, "docs"))).filter((name) => name.endsWith(".md")).toSorted().map((name) => `docs/${name}`),
);
const PAGES = new Map(
  await Promise.all(
    PATHS.map(async (path) => [path, readMarkdownPage(await readFile(join(ROOT, path), "utf8"))] as const),
  ),
);
const EXAMPLES = [...PAGES].flatMap(([path, page]) => readDocsExamples(path, page));
const NAMED_EKS = { ...EKS, labels: { ...EKS.labels, "alpha.eksctl.io/cluster-name": "topology-demo" } };
const KUBECTL = await findPresentTool("kubectl");

/** What every page's examples find in their folder: what some page shows as a file, and a dump of a cluster in EKS. */
function filesFor(path: string): ReadonlyMap<string, string> {
  const own = PAGES.get(path);
  return new Map([
    ...[...PAGES.values()].flatMap((page) => [...readDocsFiles(page)]),
    ["config.yaml", "central_endpoint: nats://127.0.0.1:4222\n"],
    ["cluster.json", JSON.stringify(list([kubeSystem(), ...nodes(3, NAMED_EKS)]))],
    ...(own === undefined ? [] : readDocsFiles(own)),
  ]);
}

/** Whether another example runs the same and shows what it prints: once is enough. */
function isShownElsewhere(example: DocsExample): boolean {
  const { mark, steps } = example;
  if (mark.kind !== "run" || steps.some(({ output }) => output !== null)) return false;
  return EXAMPLES.some((other) =>
    other !== example && other.mark.kind === "run" && other.steps.length === steps.length &&
    other.steps.every(({ command, output }, index) => output !== null && command === steps[index]?.command)
  );
}

const runnable = EXAMPLES.filter((example) => example.mark.kind !== "not run" && !isShownElsewhere(example));
const needsKubectl = ({ steps }: (typeof EXAMPLES)[number]) =>
  steps.some(({ command }) => command.includes("kubectl "));

Deno.test("docs: every console block that is not marked otherwise does what its page says", async (test) => {
  await using world = await startDocsWorld({
    files: filesFor,
    kubectlFolder: KUBECTL === null ? null : dirname(KUBECTL),
  });
  await test.step("a block that fails, and one that prints something else, are found", async () => {
    const planted = (text: string) => readDocsExamples("README.md", readMarkdownPage(text))[0];
    const [failing, lying] = [
      planted("```sh\nagent version --no-such-option\n```\n"),
      planted("```console\n$ agent version\nagent 0.0.0\n```\n"),
    ];
    assert.ok(failing !== undefined && lying !== undefined);
    await assert.rejects(world.run(failing), /ended with 2, not 0/);
    await assert.rejects(world.run(lying), /the page says:\nagent 0\.0\.0/);
  });
  for (const [index, example] of runnable.entries()) {
    await test.step({
      name: `${index + 1}. ${example.name}`,
      ignore: KUBECTL === null && needsKubectl(example),
      fn: () => world.run(example),
    });
  }
});
