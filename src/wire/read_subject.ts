import { subjectFor, type SubjectKind, type SubjectOptions } from "./subject.ts";

/** A function that reads the cluster id out of a subject of this kind; `null` for any other subject. */
export function createSubjectReader(
  kinds: readonly SubjectKind[],
  options: SubjectOptions,
): (subject: string) => string | null {
  const layouts = kinds.map((kind) => subjectFor(kind, "*", options).split("."));
  return (subject) => {
    const tokens = subject.split(".");
    for (const layout of layouts) {
      if (layout.length !== tokens.length) continue;
      if (layout.every((token, at) => token === "*" || token === tokens[at])) {
        return tokens[layout.indexOf("*")] ?? null;
      }
    }
    return null;
  };
}
