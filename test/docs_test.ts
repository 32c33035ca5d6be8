import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { formatProblem } from "../src/config/config_problem.ts";
import { loadConfigContent } from "../src/config/load_config.ts";
import { readDocsExamples, showsOutput } from "./support/docs_example.ts";
import { type MarkdownPage, readMarkdownPage } from "./support/markdown_page.ts";
import { runCliInProcess } from "./support/run_cli_in_process.ts";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NOT_OURS = new Set(["node_modules", "dist", "coverage", ".git"]);

/** Every file of the repository, with / between folders. */
async function listFiles(folder = ROOT): Promise<readonly string[]> {
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !NOT_OURS.has(entry.name)) files.push(...await listFiles(path));
    if (entry.isFile()) files.push(relative(ROOT, path).split(sep).join("/"));
  }
  return files;
}

const FILES = await listFiles();
const PAGES = new Map<string, MarkdownPage>();
for (const path of FILES.filter((path) => path.endsWith(".md"))) {
  PAGES.set(path, readMarkdownPage(await readFile(join(ROOT, path), "utf8")));
}

/** Why a link of `page` is dead, or `null`. */
function deadLink(page: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null; // another site's pages are its own affair
  const [path = "", fragment] = link.split("#");
  const target = path === "" ? page : posix.normalize(posix.join(posix.dirname(page), path));
  const isFolder = FILES.some((file) => file.startsWith(target.endsWith("/") ? target : `${target}/`));
  if (!FILES.includes(target) && !isFolder) return `${page}: ${link}: there is no ${target}`;
  const anchors = PAGES.get(target)?.anchors;
  if (fragment !== undefined && anchors !== undefined && !anchors.has(fragment)) {
    return `${page}: ${link}: ${target} has no such heading`;
  }
  return null;
}

Deno.test("docs: no page has a dead relative link", () => {
  const dead = [...PAGES].flatMap(([page, { links }]) => links.map((link) => deadLink(page, link)));
  assert.deepEqual(dead.filter((problem) => problem !== null), []);
});

Deno.test("docs: a dead link, and a dead fragment, would be found", () => {
  assert.match(deadLink("docs/events.md", "no_such_page.md") ?? "", /there is no docs\/no_such_page\.md/);
  assert.match(deadLink("README.md", "docs/events.md#no-such-heading") ?? "", /no such heading/);
  assert.equal(deadLink("docs/events.md", "../README.md#run-it"), null);
});

Deno.test("docs: every block that is marked as a whole configuration passes the loader", async () => {
  const examples = markedBlocks(/^whole configuration\b/);
  assert.ok(examples.length >= 2, "the marked blocks were not found");
  for (const { page, text } of examples) {
    const loaded = await loadConfigContent(page, { kind: "ok", text }, { env: {} });
    assert.deepEqual(loaded.kind === "ok" ? [] : loaded.problems.map(formatProblem), []);
  }
});

/** The blocks of all pages whose mark begins so, with the page. */
function markedBlocks(mark: RegExp): readonly { readonly page: string; readonly text: string }[] {
  return [...PAGES].flatMap(([page, { blocks }]) =>
    blocks.filter((block) => mark.test(block.mark)).map(({ text }) => ({ page, text }))
  );
}

const valuesSchema = z.looseObject({
  centralEndpoint: z.string().default("nats://nats.nats.svc:4222"),
  config: z.record(z.string(), z.unknown()).optional(),
});

/** What is wrong with values of the chart: by its schema, and by the loader for the configuration in them. */
async function valuesProblems(page: string, text: string): Promise<readonly string[]> {
  const schema: unknown = JSON.parse(await readFile(join(ROOT, "deploy/helm/agent/values.schema.json"), "utf8"));
  assert.ok(typeof schema === "object" && schema !== null);
  const values = valuesSchema.parse(parse(text, { version: "1.1" })); // as Helm reads it, over the chart's default
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const problems = ajv.validate(schema, values) ? [] : [`${page}: ${ajv.errorsText()}`];
  const { centralEndpoint, config } = values;
  const merged = stringify({ central_endpoint: centralEndpoint, ...config });
  const loaded = await loadConfigContent(page, { kind: "ok", text: merged }, { env: {} });
  return [...problems, ...(loaded.kind === "ok" ? [] : loaded.problems.map(formatProblem))];
}

Deno.test("docs: every block that is marked as values of the chart passes its schema and the loader", async () => {
  const examples = markedBlocks(/^chart values\b/);
  assert.ok(examples.length >= 10, "the marked blocks were not found");
  for (const { page, text } of examples) assert.deepEqual(await valuesProblems(page, text), [], text);
});

for (
  const wrong of [
    "natz: {}",
    "nats: { delivery: fast }",
    "config: { evnts: {} }",
    "config: { events: { repeat_window: x } }",
  ]
) {
  Deno.test(`docs: the values "${wrong}" would be found`, async () => {
    assert.notDeepEqual(await valuesProblems("page.md", wrong), []);
  });
}

/** Pages of instructions: whatever YAML they show is checked. */
const CHECKED_PAGES = ["docs/tasks.md", "docs/no-events-arrive.md"];

Deno.test("docs: every YAML block of the pages of instructions says what it is, so that it is checked", () => {
  for (const path of CHECKED_PAGES) {
    const page = PAGES.get(path);
    assert.ok(page, `there is no ${path}`);
    const unmarked = page.blocks.filter(({ language, mark }) =>
      language === "yaml" && !/^(?:whole configuration|chart values)\b/.test(mark)
    );
    assert.deepEqual(unmarked.map(({ text }) => text), [], path);
  }
});

Deno.test("docs: every console block is run, or says why not", () => {
  const examples = [...PAGES].flatMap(([path, page]) => readDocsExamples(path, page));
  assert.ok(examples.length >= 20, "the blocks were not found");
  assert.ok(examples.some(({ mark }) => mark.kind === "run") && examples.some(({ mark }) => mark.kind === "until"));
  const unread = examples.filter(({ page, mark }) =>
    mark.kind !== "not run" && !/^(README|CONTRIBUTING|SECURITY)\.md$|^docs\/[^/]+\.md$/.test(page)
  );
  assert.deepEqual(unread.map(({ name }) => name), [], "docs_examples_test.ts does not look there");
});

for (const mark of ["example: maybe", "example: exits", "example: not run: no"]) {
  Deno.test(`docs: "${mark}" is no mark of an example`, () => {
    const page = readMarkdownPage(`<!-- ${mark} -->\n\n\`\`\`sh\nagent version\n\`\`\`\n`);
    assert.throws(() => readDocsExamples("page.md", page), /is no mark of an example/);
  });
}

const SHOWN: readonly { name: string; shown: string; printed: string; want: boolean }[] = [
  { name: "the same", shown: "a\nb\n", printed: "a\nb\n", want: true },
  { name: "another line", shown: "a\nb\n", printed: "a\nc\n", want: false },
  { name: "a line too many", shown: "a\n", printed: "a\nb\n", want: false },
  { name: "lines left out", shown: "a\n…\nd\n", printed: "a\nb\nc\nd\n", want: true },
  { name: "lines left out, and the wrong end", shown: "a\n…\nd\n", printed: "a\nb\nc\n", want: false },
  { name: "text left out of a line", shown: "id … of x\n", printed: "id 42 of x\n", want: true },
  { name: "another time of day", shown: "at 17:18:20 x\n", printed: "at 09:00:01 x\n", want: true },
  { name: "no time of day", shown: "at 17:18:20 x\n", printed: "at noon x\n", want: false },
  { name: "a dot is a dot", shown: "a.b\n", printed: "axb\n", want: false },
];

for (const { name, shown, printed, want } of SHOWN) {
  Deno.test(`docs: a shown output is compared: ${name}`, () => assert.equal(showsOutput(shown, printed), want));
}

Deno.test("docs: every page of the book is in its index", () => {
  const pages = [...PAGES.keys()].filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
  assert.deepEqual(pagesLinkedBy("docs/README.md").toSorted(), pages.toSorted());
});

Deno.test("docs: every page has one heading of the first level, its name", async () => {
  for (const path of PAGES.keys()) {
    const text = await readFile(join(ROOT, path), "utf8");
    const headings = text.replaceAll(/^```[\s\S]*?^```$/gm, "").match(/^# .+$/gm) ?? [];
    assert.equal(headings.length, 1, path);
  }
});

/** The pages of the book that a page links to, each once, in order. */
function pagesLinkedBy(path: string): readonly string[] {
  const links = PAGES.get(path)?.links ?? [];
  const targets = links.map((link) => posix.normalize(posix.join(posix.dirname(path), link.split("#")[0] ?? "")));
  return [...new Set(targets)].filter((target) => target.startsWith("docs/") && target.endsWith(".md"));
}

/** What follows `start` in inline code, or in a block at the beginning of a command. */
function mentions(page: MarkdownPage, start: string): readonly string[] {
  const inBlock = new RegExp(`(?:^|\\| |\\$ )${start} ([a-z][a-z0-9:-]*)`, "gm");
  const inSpan = new RegExp(`^(?:npx --yes )?${start} ([a-z][a-z0-9:-]*)`);
  return [
    ...page.blocks.flatMap(({ text }) => [...text.matchAll(inBlock)].map(([, name]) => name ?? "")),
    ...page.spans.flatMap((span) => inSpan.exec(span)?.[1] ?? []),
  ];
}

Deno.test("docs: every subcommand that a page mentions exists", async () => {
  const mentioned = new Set([...PAGES.values()].flatMap((page) => mentions(page, "agent")));
  assert.ok(mentioned.has("run") && mentioned.has("test-rules"), "the subcommands were not found");
  for (const name of mentioned) {
    const { exitCode, stderr } = await runCliInProcess([name, "--help"]);
    assert.equal(exitCode, 0, `agent ${name}: ${stderr}`);
  }
});

Deno.test("docs: README.md lists every subcommand", async () => {
  const { stdout } = await runCliInProcess(["--help"]);
  const commands = stdout.slice(stdout.indexOf("Commands:"), stdout.indexOf("\nExample"));
  const names = [...commands.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name);
  assert.ok(names.includes("run"), "the subcommands were not found");
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const listed = [...readme.matchAll(/^\| `agent ([a-z-]+)`/gm)].map(([, name]) => name);
  assert.deepEqual(listed.toSorted(), names.filter((name) => name !== "help").toSorted());
});

Deno.test("docs: every task that a page mentions exists", async () => {
  const config: unknown = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8"));
  assert.ok(typeof config === "object" && config !== null && "tasks" in config);
  const tasks = Object.keys(config.tasks ?? {});
  const mentioned = [...PAGES.values()].flatMap((page) => mentions(page, "(?:npx --yes )?deno(?:@[0-9.]+)? task"));
  assert.ok(mentioned.includes("demo"), "the tasks were not found");
  assert.deepEqual([...new Set(mentioned)].filter((name) => !tasks.includes(name)), []);
});
