import ts from "typescript";
import type { Mention } from "./mention.ts";

/** A variable, parameter or property with a name of its own, and what its type or its value says. */
export interface NamedThing extends Mention {
  readonly about: string;
}

/** Everything in a file that has a name and a type or value beside it: `metrics` of `metrics: Telemetry`. */
export function readNamedThings(source: ts.SourceFile): readonly NamedThing[] {
  const found: NamedThing[] = [];
  const visit = (node: ts.Node): void => {
    const has = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isPropertySignature(node) ||
      ts.isPropertyDeclaration(node) || ts.isPropertyAssignment(node);
    if (has) {
      const type = ts.isPropertyAssignment(node) ? undefined : node.type;
      const value = ts.isPropertySignature(node) ? undefined : node.initializer;
      const about = [type, value].map((part) => part?.getText(source) ?? "").join(" ").trim();
      found.push({ text: node.name.getText(source), about, line: lineOf(source, node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The keys of every object that a function named `status` or `somethingStatus` makes. */
export function readStatusKeys(source: ts.SourceFile): readonly Mention[] {
  const found: Mention[] = [];
  const visit = (node: ts.Node, inStatus: boolean): void => {
    const inside = inStatus || isStatusFunction(node);
    if (inside && ts.isObjectLiteralElement(node) && node.name !== undefined) {
      found.push({ text: node.name.getText(source).replace(/^["']|["']$/g, ""), line: lineOf(source, node) });
    }
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(source, false);
  return found;
}

function isStatusFunction(node: ts.Node): boolean {
  const isStatus = (name: ts.Node | undefined) => name !== undefined && /^(status|\w+Status)$/.test(name.getText());
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
    return node.body !== undefined && isStatus(node.name);
  }
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return false;
  const { parent } = node;
  return (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) && isStatus(parent.name);
}

const lineOf = (source: ts.SourceFile, node: ts.Node) =>
  source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
