import { readFile } from "node:fs/promises";
import { type AsyncAPIDocumentInterface, Parser } from "@asyncapi/parser";

/** docs/asyncapi.yaml. */
export const readContractText = () => readFile(new URL("../../docs/asyncapi.yaml", import.meta.url), "utf8");

/** A document as AsyncAPI's own parser reads it. Throws what it has to say against it, warnings included. */
export async function parseContractDocument(text: string): Promise<AsyncAPIDocumentInterface> {
  const { document, diagnostics } = await new Parser().parse(text);
  const said = diagnostics.map(({ path, message }) => `${path.join(".")}: ${message}`);
  if (document === undefined || said.length > 0) throw new Error(said.join("\n"));
  return document;
}
