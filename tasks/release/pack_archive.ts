import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create } from "tar";
import { readBuildInfo } from "../../cli/build_info.ts";
import { writeCompletion } from "../../cli/action/write_completion.ts";
import { SHELLS } from "../../cli/shell.ts";
import { createProgramForPages, readCliTree } from "../read_cli_tree.ts";
import { manFileName, renderManPage } from "../render_man_page.ts";

/** What each shell looks for. */
const COMPLETION_FILES = { bash: "agent.bash", zsh: "_agent", fish: "agent.fish" } as const;
const ROOT = new URL("../../", import.meta.url);

export interface ArchiveOptions {
  /** The executable that goes in as `agent`. */
  readonly binary: string;
  readonly output: string;
  /** An empty folder to work in. */
  readonly folder: string;
  /** The time of every file: the same content makes the same archive. */
  readonly time: Date;
}

/**
 * Packs the executable of one platform with its license, manual pages and completions. These come from the sources, not
 * from the executable, so an archive for any platform is packed on any machine.
 */
export async function packArchive({ binary, output, folder, time }: ArchiveOptions): Promise<readonly string[]> {
  const files: string[] = ["agent", "LICENSE", "README.md"];
  const write = async (path: string, text: string) => {
    await writeFile(join(folder, path), text);
    files.push(path);
  };
  await copyFile(binary, join(folder, "agent"));
  await chmod(join(folder, "agent"), 0o755);
  for (const name of ["LICENSE", "README.md"]) await copyFile(new URL(name, ROOT), join(folder, name));
  for (const name of ["man", "completions"]) await mkdir(join(folder, name));
  const pages = readCliTree();
  const about = { version: readBuildInfo().version, date: time.toISOString().slice(0, 10) };
  for (const page of pages) await write(join("man", manFileName(page)), renderManPage(page, pages, about));
  for (const shell of SHELLS) {
    await write(join("completions", COMPLETION_FILES[shell]), writeCompletion(shell, createProgramForPages()));
  }
  await create({ file: output, cwd: folder, gzip: { level: 9 }, portable: true, mtime: time }, files);
  return files;
}
