import { LineCounter, parseAllDocuments } from "yaml";
import { errorMessage } from "./errors.ts";

/** One document of a YAML stream, and the line that it begins in. */
interface YamlDocument {
  readonly value: unknown;
  readonly line: number;
}

type YamlReading =
  | { readonly kind: "ok"; readonly documents: readonly YamlDocument[] }
  | { readonly kind: "broken"; readonly line: number; readonly message: string };

/** How many aliases one document may follow: a few lines could stand for gigabytes. */
const ALIAS_LIMIT = 100;

/** The documents of a text that `---` parts, in their order; empty ones are left out. Never throws. */
export function parseYamlDocuments(text: string): YamlReading {
  const lines = new LineCounter();
  try {
    const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
    const read: YamlDocument[] = [];
    for (const document of documents) {
      const [error] = document.errors;
      if (error !== undefined) {
        return { kind: "broken", line: lines.linePos(error.pos[0]).line, message: error.message };
      }
      const value: unknown = document.toJS({ maxAliasCount: ALIAS_LIMIT });
      const start = document.contents?.range?.[0] ?? 0;
      if (value !== null) read.push({ value, line: lines.linePos(start).line });
    }
    return { kind: "ok", documents: read };
  } catch (error) { // aliases beyond the limit, brackets nested beyond the stack
    return { kind: "broken", line: 1, message: errorMessage(error) };
  }
}
