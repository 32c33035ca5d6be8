import { readdir, readFile } from "node:fs/promises";
import ts from "typescript";

const WIRE = new URL("../../src/wire/", import.meta.url);

/** A constant of a source file: what it is set to, and the comment above it. */
export interface WireConstant {
  readonly file: string;
  readonly value: ts.Expression;
  readonly comment: string | null;
}

/** The constants of src/wire. */
export interface WireSources {
  /** The constant of this name, of this file or else of another. Throws when there is none. */
  find(name: string, file: string): WireConstant;
}

/** Reads src/wire. The schemas know types, and the comments beside them what a field means. */
export async function readWireSources(): Promise<WireSources> {
  const byFile = new Map<string, Map<string, WireConstant>>();
  for (const file of (await readdir(WIRE)).filter((name) => /(?<!_test)\.ts$/.test(name))) {
    const text = await readFile(new URL(file, WIRE), "utf8");
    byFile.set(file, constantsOf(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)));
  }
  return {
    find(name, file) {
      const found = byFile.get(file)?.get(name) ??
        [...byFile.values()].map((constants) => constants.get(name)).find((constant) => constant !== undefined);
      if (found === undefined) throw new Error(`src/wire has no constant ${name}, which ${file} uses`);
      return found;
    },
  };
}

function constantsOf(source: ts.SourceFile): Map<string, WireConstant> {
  const found = new Map<string, WireConstant>();
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer === undefined) continue;
      found.set(name.getText(source), { file: source.fileName, value: initializer, comment: commentOf(statement) });
    }
  }
  return found;
}

/** The text of the documentation comment of a node, on one line; `null` without one. */
export function commentOf(node: ts.Node): string | null {
  const last = ts.getJSDocCommentsAndTags(node).findLast(ts.isJSDoc);
  const text = ts.getTextOfJSDocComment(last?.comment) ?? "";
  return text === "" ? null : text.replaceAll(/\s*\n\s*/g, " ").trim();
}
