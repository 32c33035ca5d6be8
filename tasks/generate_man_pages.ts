import { mkdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { readBuildInfo } from "../cli/build_info.ts";
import { readCliTree } from "./read_cli_tree.ts";
import { manFileName, renderManPage } from "./render_man_page.ts";

/** A build that is to be the same twice says its time in SOURCE_DATE_EPOCH (https://reproducible-builds.org/). */
const seconds = process.env.SOURCE_DATE_EPOCH;
const date = new Date(seconds === undefined ? Date.now() : Number(seconds) * 1_000).toISOString().slice(0, 10);
const folder = new URL("../dist/man/", import.meta.url);
const pages = readCliTree();
await mkdir(folder, { recursive: true });
for (const page of pages) {
  const text = renderManPage(page, pages, { version: readBuildInfo().version, date });
  await writeFile(new URL(manFileName(page), folder), text);
}
process.stdout.write(`wrote ${pages.length} manual pages to dist/man\n`);
