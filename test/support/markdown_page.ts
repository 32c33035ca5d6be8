/** A fenced block: its language, its text, and the comment that stands before it (`<!-- whole configuration -->`), or "". */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  readonly mark: string;
}

/** What a Markdown page links to and shows. */
export interface MarkdownPage {
  /** Targets of links and pictures as written, fragments included. */
  readonly links: readonly string[];
  /** Fragments that its headings make, as GitHub makes them. */
  readonly anchors: ReadonlySet<string>;
  readonly blocks: readonly CodeBlock[];
  /** The texts of inline code. */
  readonly spans: readonly string[];
}

/** A block may stand in a list, indented. */
const BLOCK = /(?:^ *<!--\s*(.*?)\s*-->\n\s*?)?^( *)```([a-z]*)\n([\s\S]*?)^\2```$/gm;

/** Reads what the tests need of a page; a link inside code is no link. */
export function readMarkdownPage(text: string): MarkdownPage {
  const blocks = [...text.matchAll(BLOCK)].map(([, mark, indent, language, code]): CodeBlock => ({
    language: language ?? "",
    text: (code ?? "").replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    mark: mark ?? "",
  }));
  const prose = text.replaceAll(BLOCK, "");
  const plain = prose.replaceAll(/`[^`\n]+`/g, "");
  return {
    links: [...plain.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? ""),
    anchors: new Set([...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slugOf(heading ?? ""))),
    blocks,
    spans: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? ""),
  };
}

function slugOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}
