import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { errorMessage } from "../lifecycle/errors.ts";
import { isInterpreter } from "./tool/interpreter.ts";

/** A configured tool whose file can't be trusted to be what its name says. */
interface ToolFileProblem {
  readonly tool: string;
  readonly message: string;
}

const ANYBODY_WRITES = 0o002;
const ANY_EXECUTE = 0o111;

/**
 * Looks at the files of configured tools: each must exist, be an executable file that not everybody can change, and not
 * be a shell or interpreter behind a symbolic link. A link to BusyBox passes: BusyBox runs the applet that the link names.
 */
export async function inspectToolFiles(
  tools: readonly { readonly name: string; readonly path: string }[],
): Promise<readonly ToolFileProblem[]> {
  const problems = await Promise.all(tools.map(async ({ name, path }) => {
    const problem = await inspectFile(path);
    return problem === null ? [] : [{ tool: name, message: `Cannot use ${path} as the tool ${name}: ${problem}` }];
  }));
  return problems.flat();
}

async function inspectFile(path: string): Promise<string | null> {
  try {
    const target = await realpath(path);
    const name = basename(target);
    if (isInterpreter(name) && !(name === "busybox" && !isInterpreter(basename(path)))) {
      return `it leads to ${target}, a shell, interpreter or launcher; name a program that does one thing`;
    }
    const info = await stat(target);
    if (!info.isFile()) return "it is no file; name a program";
    if ((info.mode & ANY_EXECUTE) === 0) return "it is not executable; set its mode";
    return (info.mode & ANYBODY_WRITES) === 0 ? null : "everybody can change it; take the write permission away";
  } catch (error) {
    return `${errorMessage(error)}; install it or correct the path`;
  }
}
