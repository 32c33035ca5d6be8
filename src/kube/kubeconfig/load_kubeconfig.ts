import { readFile } from "node:fs/promises";
import { AgentError, errorCode } from "../../lifecycle/errors.ts";
import { fileProblem } from "../../lifecycle/file_problem.ts";
import { chooseContext, type ChosenContext } from "./choose_context.ts";
import { type KubeconfigFile, parseKubeconfig } from "./parse_kubeconfig.ts";

export interface KubeconfigOptions {
  /** The files, first to last: of each name the first file's part counts. */
  readonly files: readonly string[];
  /** Whether each must be there. Of the list in `$KUBECONFIG` missing ones are passed over. */
  readonly required: boolean;
  /** The context to use; `null` is the current one. */
  readonly context: string | null;
}

/** Reads the files and chooses the context. Rejects with an `AgentError` (`bad_input`) that holds no secret. */
export async function loadKubeconfig({ files, required, context }: KubeconfigOptions): Promise<ChosenContext> {
  const read = await readFiles({ files, required });
  if (read.length === 0) {
    throw new AgentError("bad_input", `Cannot find a kubeconfig: none of ${files.join(", ")} is there`);
  }
  return chooseContext(read, context);
}

/** The names of the contexts in the files. Rejects as `loadKubeconfig` does. */
export async function listKubeContexts(options: Pick<KubeconfigOptions, "files" | "required">): Promise<string[]> {
  return (await readFiles(options)).flatMap(({ contexts }) => [...contexts.keys()]);
}

async function readFiles(
  { files, required }: Pick<KubeconfigOptions, "files" | "required">,
): Promise<readonly KubeconfigFile[]> {
  const read: KubeconfigFile[] = [];
  for (const path of files) {
    const text = await readIfThere(path, required);
    if (text !== null) read.push(parseKubeconfig(text, path));
  }
  return read;
}

async function readIfThere(path: string, required: boolean): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (!required && errorCode(error) === "ENOENT") return null;
    throw new AgentError(
      "bad_input",
      `Cannot read the kubeconfig ${path}: ${
        fileProblem("read", error)
      }; correct it, or name another one with --kubeconfig`,
    );
  }
}
