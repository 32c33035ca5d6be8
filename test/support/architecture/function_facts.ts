import ts from "typescript";

/** One function, method or named arrow function. */
export interface FunctionFact {
  /** `createA`, `createA.run`; a function without a name is counted as lines of the one around it. */
  readonly name: string;
  readonly line: number;
  /** From its first line to its last. */
  readonly lines: number;
  /** Those without the bodies of the named functions inside it. */
  readonly ownLines: number;
}

/** Every named function of a file, the inner ones too. */
export function readFunctionFacts(source: ts.SourceFile): readonly FunctionFact[] {
  const found: FunctionFact[] = [];
  const lineAt = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;

  /** Finds the functions below `node` and returns how many lines the outermost of them take. */
  function visit(node: ts.Node, outer: string): number {
    let inside = 0;
    ts.forEachChild(node, (child) => {
      const name = nameOfFunction(child);
      if (name === null) {
        inside += visit(child, outer);
        return;
      }
      const full = outer === "" ? name : `${outer}.${name}`;
      const line = lineAt(child.getStart(source));
      const lines = lineAt(child.getEnd()) - line + 1;
      found.push({ name: full, line, lines, ownLines: lines - visit(child, full) });
      inside += lines - 1; // The line on which it begins is a line of the function around it.
    });
    return inside;
  }
  visit(source, "");
  return found;
}

/** The name by which a function can be called; `null` for what is no function and for one that is only handed on. */
function nameOfFunction(node: ts.Node): string | null {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const declares = ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node);
  if (declares) return node.body === undefined ? null : node.name?.getText() ?? "default";
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return null;
  const { parent } = node;
  const named = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  return named ? parent.name.getText() : null;
}
