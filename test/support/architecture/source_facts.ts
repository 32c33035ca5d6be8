import { posix } from "node:path";
import ts from "typescript";
import type { Mention } from "./mention.ts";
import { type NamedThing, readNamedThings, readStatusKeys } from "./naming_facts.ts";
import { type FunctionFact, readFunctionFacts } from "./function_facts.ts";

/** One import or re-export, static or dynamic. */
export interface ImportFact {
  /** A path from the repository's root for the project's own files, else the package or built-in as written. */
  readonly target: string;
  /** Only types: nothing is loaded. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
  /** What it takes by name; `*` when it takes everything. */
  readonly names: readonly string[];
  readonly line: number;
}

/** What the rules of the architecture look at in one file. */
export interface SourceFacts {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly ImportFact[];
  /** `Deno.x`, `process.exit`, …: the first two names of every property access whose root is no local thing. */
  readonly accesses: readonly Mention[];
  readonly exportedNames: readonly Mention[];
  readonly functions: readonly FunctionFact[];
  readonly namedThings: readonly NamedThing[];
  readonly statusKeys: readonly Mention[];
  /** Every statement only passes on what other files export. */
  readonly onlyReexports: boolean;
  readonly testNames: readonly Mention[];
  readonly sleeps: readonly Mention[];
  /** Ways around the type checker and the linter. */
  readonly escapes: readonly Mention[];
}

/** Parses one TypeScript file. `path` is from the repository's root. */
export function readSourceFacts(path: string, text: string): SourceFacts {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (node: ts.Node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
  const mention = (node: ts.Node, words = node.getText(source)): Mention => ({ text: words, line: lineOf(node) });
  const imports: ImportFact[] = [];
  const accesses: Mention[] = [];
  const testNames: Mention[] = [];
  const sleeps: Mention[] = [];
  const escapes: Mention[] = [...escapeComments(text)];

  function visit(node: ts.Node): void {
    const imported = importOf(node);
    if (imported !== null) {
      imports.push({ ...imported, target: resolveTarget(path, imported.target), line: lineOf(node) });
    }
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      accesses.push(mention(node, `${node.expression.text}.${node.name.text}`));
    }
    if (ts.isAsExpression(node) && ts.isAsExpression(node.expression)) escapes.push(mention(node, "as … as …"));
    if (node.kind === ts.SyntaxKind.AnyKeyword) escapes.push(mention(node, "any"));
    const name = testNameOf(node);
    if (name !== null) testNames.push(mention(node, name));
    if (isSleep(node)) sleeps.push(mention(node, "a promise that only a timer resolves"));
    ts.forEachChild(node, visit);
  }
  visit(source);
  return {
    path,
    lineCount: text.split("\n").length - 1,
    imports,
    accesses,
    exportedNames: source.statements.flatMap((statement) => exportedName(statement)).map((node) => mention(node)),
    functions: readFunctionFacts(source),
    namedThings: readNamedThings(source),
    statusKeys: readStatusKeys(source),
    onlyReexports: source.statements.length > 0 &&
      source.statements.every((statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier),
    testNames,
    sleeps,
    escapes,
  };
}

function importOf(node: ts.Node): Omit<ImportFact, "line"> | null {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return {
      target: node.moduleSpecifier.text,
      typeOnly: isTypeImport(node.importClause),
      dynamic: false,
      names: importedNames(node.importClause),
    };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
    const { exportClause } = node;
    const names = exportClause !== undefined && ts.isNamedExports(exportClause)
      ? exportClause.elements.map(({ propertyName, name }) => (propertyName ?? name).text)
      : ["*"];
    return { target: node.moduleSpecifier.text, typeOnly: node.isTypeOnly, dynamic: false, names };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
    const names = [node.qualifier?.getText() ?? "*"];
    return { target: node.argument.literal.text, typeOnly: true, dynamic: false, names };
  }
  if (!ts.isCallExpression(node)) return null;
  const [argument] = node.arguments;
  const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    (ts.isIdentifier(node.expression) && node.expression.text === "require");
  if (!loads || argument === undefined) return null;
  // What is computed can't be checked, and so is no package and no file that a rule allows.
  const target = ts.isStringLiteralLike(argument) ? argument.text : `computed: ${argument.getText()}`;
  return { target, typeOnly: false, dynamic: true, names: awaitedNames(node) };
}

function importedNames(clause: ts.ImportClause | undefined): readonly string[] {
  const named = clause?.namedBindings;
  const names = named === undefined
    ? []
    : ts.isNamedImports(named)
    ? named.elements.map(({ propertyName, name }) => (propertyName ?? name).text)
    : ["*"];
  return clause?.name === undefined ? names : ["default", ...names];
}

/** `a` and `b` of `const { a, b } = await import("./a.ts")`; for any other use of a dynamic import, everything. */
function awaitedNames(call: ts.CallExpression): readonly string[] {
  const declaration = ts.isAwaitExpression(call.parent) ? call.parent.parent : call.parent;
  if (!ts.isVariableDeclaration(declaration) || !ts.isObjectBindingPattern(declaration.name)) return ["*"];
  return declaration.name.elements.map(({ propertyName, name }) => (propertyName ?? name).getText());
}

function isTypeImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return clause.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly);
}

/** `npm:` addresses count as the package they name. */
function resolveTarget(importer: string, specifier: string): string {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(importer), specifier);
  return specifier.replace(/^npm:/, "").replace(/^(@?[^@]+)@[^/]*/, "$1");
}

function exportedName(statement: ts.Statement): readonly ts.Node[] {
  const exported = ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!exported) return [];
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name);
  const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
  return named && statement.name !== undefined ? [statement.name] : [];
}

/** The name in `Deno.test("name", …)` and `Deno.test({ name: "name", … })`; `null` for anything that is computed. */
function testNameOf(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || node.expression.getText() !== "Deno.test") return null;
  const [first] = node.arguments;
  if (first === undefined) return null;
  if (ts.isStringLiteralLike(first)) return first.text;
  if (!ts.isObjectLiteralExpression(first)) return null;
  for (const property of first.properties) {
    if (ts.isPropertyAssignment(property) && property.name.getText() === "name") {
      return ts.isStringLiteralLike(property.initializer) ? property.initializer.text : null;
    }
  }
  return null;
}

/** `new Promise((resolve) => setTimeout(resolve, 100))` in its usual spellings. */
function isSleep(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) || node.expression.getText() !== "Promise") return false;
  const [executor] = node.arguments ?? [];
  if (executor === undefined || !(ts.isArrowFunction(executor) || ts.isFunctionExpression(executor))) return false;
  const resolve = executor.parameters[0]?.name.getText();
  let sleeps = false;
  const look = (inner: ts.Node): void => {
    if (ts.isCallExpression(inner) && inner.expression.getText() === "setTimeout") {
      const callback = inner.arguments[0];
      const direct = callback?.getText() === resolve;
      const wrapped = callback !== undefined && ts.isArrowFunction(callback) &&
        callback.body.getText().startsWith(`${resolve}(`);
      sleeps ||= direct || wrapped;
    }
    ts.forEachChild(inner, look);
  };
  look(executor.body);
  return sleeps;
}

function escapeComments(text: string): readonly Mention[] {
  return text.split("\n").flatMap((line, index) => {
    const found = /(?:\/\/|\/\*)\s*(deno-lint-ignore\S*|deno-fmt-ignore-file|@ts-(?:ignore|expect-error|nocheck))/.exec(
      line,
    );
    return found?.[1] === undefined ? [] : [{ text: found[1], line: index + 1 }];
  });
}
