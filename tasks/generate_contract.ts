import { mkdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { renderContractFiles } from "./contract/render_contract_files.ts";

/** Writes docs/asyncapi.yaml and types/ from the definitions of the messages. */
const { version } = JSON.parse(await readFile(new URL("../deno.json", import.meta.url), "utf8"));
await mkdir(new URL("../types/go/", import.meta.url), { recursive: true });
for (const [path, text] of Object.entries(await renderContractFiles(String(version)))) {
  await writeFile(new URL(`../${path}`, import.meta.url), text);
  process.stdout.write(`wrote ${path}\n`);
}
