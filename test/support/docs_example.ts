import type { MarkdownPage } from "./markdown_page.ts";

/** How a console block of the documentation is run. */
export type ExampleMark =
  | { readonly kind: "run"; readonly exitCode: number }
  /** It does not end by itself: it is interrupted once its output holds `text`, and must then end with 0. */
  | { readonly kind: "until"; readonly text: string }
  | { readonly kind: "not run"; readonly reason: string };

/** A console block with the page it stands on. */
export interface DocsExample {
  /** `README.md: agent validate-config --connect`: the page and the block's first line. */
  readonly name: string;
  readonly page: string;
  readonly mark: ExampleMark;
  /** What is typed, in order, with the output that the page shows for it; `null` where it shows none. */
  readonly steps: readonly { readonly command: string; readonly output: string | null }[];
}

/** Languages of blocks that a reader types; what is only looked at is `text`. */
const TYPED = new Set(["sh", "bash", "console", "shell", ""]);
const MARK = /^example: (?:exits (?<code>\d{1,3})|until "(?<until>[^"]+)"|not run: (?<reason>.{10,}))$/;
const FILE_MARK = /(?:^|, )file: ([A-Za-z0-9._-]+)$/;

/**
 * The console blocks of a page. A block without a mark is run and must end with 0. The comment right before a block may
 * say otherwise: `example: exits 1`, `example: until "Listening on"`, `example: not run: <the reason>`. Throws at any
 * other comment that begins with `example`.
 */
export function readDocsExamples(path: string, page: MarkdownPage): readonly DocsExample[] {
  return page.blocks.filter(({ language }) => TYPED.has(language)).map(({ language, text, mark }) => {
    const first = text.split("\n", 1)[0] ?? "";
    const name = `${path}: ${first.replace(/^\$ /, "")}`;
    return { name, page: path, mark: readMark(name, mark), steps: readSteps(language, text) };
  });
}

/** Files that a page shows and that its examples read: the block's comment ends in `file: rules.yaml`. */
export function readDocsFiles(page: MarkdownPage): ReadonlyMap<string, string> {
  return new Map(page.blocks.flatMap(({ mark, text }) => {
    const name = FILE_MARK.exec(mark)?.[1];
    return name === undefined ? [] : [[name, text] as const];
  }));
}

function readMark(name: string, text: string): ExampleMark {
  if (!/^example\b/.test(text)) return { kind: "run", exitCode: 0 };
  const { code, until, reason } = MARK.exec(text)?.groups ?? {};
  if (code !== undefined) return { kind: "run", exitCode: Number(code) };
  if (until !== undefined) return { kind: "until", text: until };
  if (reason !== undefined) return { kind: "not run", reason };
  throw new Error(`${name}: "${text}" is no mark of an example; see CONTRIBUTING.md`);
}

function readSteps(language: string, text: string): DocsExample["steps"] {
  if (language !== "console") return [{ command: text, output: null }];
  return text.split(/^\$ /m).slice(1).map((step) => {
    const [command = "", output = ""] = step.split(/\n(.*)/s);
    return { command, output };
  });
}

/** What a page shows and no second run repeats: a `…` is any text, a time of day any other. */
const VARYING = /(…|\b\d\d:\d\d:\d\d\b)/;

/**
 * Whether `output` is what a page shows: a line of `…` stands for any lines, a `…` in a line for any text, and a time of
 * day for any time of day.
 */
export function showsOutput(shown: string, output: string): boolean {
  const escaped = shown.trimEnd().split("\n").map((line) =>
    line.trim() === "…" ? "(?:.*\\n)*.*" : line.split(VARYING).map(patternOf).join("")
  );
  return new RegExp(`^${escaped.join("\\n")}$`).test(output.trimEnd());
}

function patternOf(part: string): string {
  if (part === "…") return ".*";
  return VARYING.test(part) ? "\\d\\d:\\d\\d:\\d\\d" : RegExp.escape(part);
}
