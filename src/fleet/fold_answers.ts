/** What became of the command in one cluster. Not reached, silent, refused and failed are four different things. */
export type ClusterAnswer =
  | { readonly kind: "succeeded"; readonly id: string; readonly output: string; readonly truncated: boolean }
  | { readonly kind: "failed"; readonly id: string; readonly exitCode: number; readonly output: string }
  | { readonly kind: "refused"; readonly id: string; readonly output: string }
  | { readonly kind: "unreached"; readonly id: string; readonly output: string }
  | { readonly kind: "silent"; readonly id: string; readonly output: string };

/** Clusters that answered the same. */
interface AnswerGroup {
  readonly kind: ClusterAnswer["kind"];
  readonly output: string;
  readonly ids: readonly string[];
}

const ORDER: readonly ClusterAnswer["kind"][] = ["succeeded", "failed", "refused", "silent", "unreached"];

/** Folds equal answers: by kind, then the most frequent first. */
export function foldAnswers(answers: readonly ClusterAnswer[]): readonly AnswerGroup[] {
  const groups = new Map<string, { kind: ClusterAnswer["kind"]; output: string; ids: string[] }>();
  for (const { kind, id, output } of answers) {
    const key = `${kind}\n${output}`;
    const group = groups.get(key) ?? { kind, output, ids: [] };
    group.ids.push(id);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map((group) => ({ ...group, ids: group.ids.sort() }))
    .sort((a, b) =>
      ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || b.ids.length - a.ids.length || (a.output < b.output ? -1 : 1)
    );
}

/** How many clusters each outcome has. */
export function countAnswers(answers: readonly ClusterAnswer[]): Readonly<Record<ClusterAnswer["kind"], number>> {
  const counts = { succeeded: 0, failed: 0, refused: 0, silent: 0, unreached: 0 };
  for (const { kind } of answers) counts[kind]++;
  return counts;
}
