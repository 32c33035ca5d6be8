import { readContract } from "./read_contract.ts";
import { renderAsyncApi } from "./render_asyncapi.ts";
import { renderGo } from "./render_go.ts";
import { renderTypeScript } from "./render_typescript.ts";

/** The files of the contract for a version of the program, by path. */
export async function renderContractFiles(version: string): Promise<Readonly<Record<string, string>>> {
  const contract = await readContract();
  return {
    "docs/asyncapi.yaml": renderAsyncApi(contract, version),
    "types/agent.d.ts": renderTypeScript(contract),
    "types/go/agent.go": renderGo(contract),
  };
}
