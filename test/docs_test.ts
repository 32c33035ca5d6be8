import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { formatProblem } from "../src/config/config_problem.ts";
import { loadConfigContent } from "../src/config/load_config.ts";
import { type CodeBlock, type MarkdownPage, readMarkdownPage } from "./support/markdown_page.ts";
import { runCliInProcess } from "./support/run_cli_in_process.ts";
import { createTempDir } from "./support/temp_dir.ts";

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
  const examples = [...PAGES].flatMap(([page, { blocks }]) =>
    blocks.filter(({ mark }) => mark === "whole configuration").map(({ text }) => ({ page, text }))
  );
  assert.ok(examples.length >= 2, "the marked blocks were not found");
  for (const { page, text } of examples) {
    const loaded = await loadConfigContent(page, { kind: "ok", text }, { env: {} });
    assert.deepEqual(loaded.kind === "ok" ? [] : loaded.problems.map(formatProblem), []);
  }
});

Deno.test("docs: the session in events.md is what the commands print", async () => {
  const blocks = PAGES.get("docs/events.md")?.blocks ?? [];
  const textOf = (wanted: (block: CodeBlock) => boolean) => blocks.find(wanted)?.text ?? "";
  const files = {
    "rules.yaml": textOf(({ mark }) => mark === "whole configuration"),
    "events.jsonl": textOf(({ mark }) => mark === "events.jsonl"),
  };
  const session = textOf(({ language }) => language === "console");
  const steps = session.split(/^\$ /m).slice(1).map((step) => step.split(/\n(.*)/s));
  assert.equal(steps.length, 2, "the session was not found");
  await using folder = await createTempDir("docs");
  for (const [name, text] of Object.entries(files)) await writeFile(folder.file(name), text);
  for (const [command = "", output] of steps) {
    const args = command.split(" ").slice(1).map((word) => word in files ? folder.file(word) : word);
    const { stdout } = await runCliInProcess(args);
    assert.equal(stdout.replaceAll(folder.file("/"), ""), output, command);
  }
});

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
  const commands = stdout.slice(stdout.indexOf("Commands:"), stdout.indexOf("Example:"));
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
