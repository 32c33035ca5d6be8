import { readFile } from "node:fs/promises";
import { type AsyncAPIDocumentInterface, Parser } from "@asyncapi/parser";

/** docs/asyncapi.yaml. */
export const readContractText = () => readFile(new URL("../../docs/asyncapi.yaml", import.meta.url), "utf8");

/** The headers that a kind of message may have. */
export function headersIn(document: AsyncAPIDocumentInterface, kind: string): ReadonlySet<string> {
  const message = document.messages().all().find((one) => one.id() === kind);
  return new Set(Object.keys(message?.headers()?.properties() ?? {}));
}

/** A document as AsyncAPI's own parser reads it. Throws what it has to say against it, warnings included. */
export async function parseContractDocument(text: string): Promise<AsyncAPIDocumentInterface> {
  const { document, diagnostics } = await new Parser().parse(text);
  const said = diagnostics.map(({ path, message }) => `${path.join(".")}: ${message}`);
  if (document === undefined || said.length > 0) throw new Error(said.join("\n"));
  return document;
}
