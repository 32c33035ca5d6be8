import { parseDocument } from "yaml";
import * as z from "zod/mini";
import { AgentError } from "../../lifecycle/errors.ts";

/** One kubeconfig file: its parts by name, not looked into before one is chosen. */
export interface KubeconfigFile {
  readonly path: string;
  /** `""` when the file chooses none. */
  readonly currentContext: string;
  readonly clusters: ReadonlyMap<string, unknown>;
  readonly users: ReadonlyMap<string, unknown>;
  readonly contexts: ReadonlyMap<string, unknown>;
}

const listSchema = z.nullish(z.array(z.looseObject({ name: z.string() })));
const fileSchema = z.looseObject({
  "current-context": z.nullish(z.string()),
  clusters: listSchema,
  users: listSchema,
  contexts: listSchema,
});

/**
 * Reads the text of one file. An empty one holds nothing, as for kubectl. Throws an `AgentError` without a word of what
 * stands in the file: around a mistake there are tokens and keys.
 */
export function parseKubeconfig(text: string, path: string): KubeconfigFile {
  const parsed = fileSchema.safeParse(readYaml(text, path) ?? {});
  if (!parsed.success) {
    throw unusable(path, `it holds something else than a kubeconfig at ${placeOf(parsed.error.issues[0]?.path ?? [])}`);
  }
  const { clusters, users, contexts } = parsed.data;
  return {
    path,
    currentContext: parsed.data["current-context"] ?? "",
    clusters: byName(clusters, "cluster", path),
    users: byName(users, "user", path),
    contexts: byName(contexts, "context", path),
  };
}

/** An error about the file, with the one remedy there is. */
export function unusable(path: string, problem: string): AgentError {
  return new AgentError(
    "bad_input",
    `Cannot use the kubeconfig ${path}: ${problem}; correct it, or name another one with --kubeconfig`,
  );
}

/** A key's place for a message: `users[0].user.as-uid`. */
export function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("");
  return place === "" ? "its top" : place.replace(/^\./, "");
}

function readYaml(text: string, path: string): unknown {
  let place: string;
  try {
    // kubectl lets the last of two equal keys win, and so does this.
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: true, logLevel: "silent" });
    const [error] = document.errors;
    if (error === undefined) return document.toJS({ maxAliasCount: 100 });
    const [start] = error.linePos ?? [];
    place = start === undefined ? "" : ` at line ${start.line}, column ${start.col}`;
  } catch { // aliases without an anchor or beyond the limit, brackets nested beyond the stack
    place = "";
  }
  throw unusable(path, `it is not YAML${place}`);
}

function byName(
  entries: z.infer<typeof listSchema>,
  part: "cluster" | "user" | "context",
  path: string,
): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [index, entry] of (entries ?? []).entries()) {
    if (found.has(entry.name)) throw unusable(path, `${part}s[${index}] has a duplicate name`);
    found.set(entry.name, entry[part]);
  }
  return found;
}
