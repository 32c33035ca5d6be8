/** A Markdown table; a `|` inside a cell is escaped, and a line break becomes a space. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cellText).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n") + "\n";
}

function cellText(text: string): string {
  return text.replaceAll("\n", " ").replaceAll("|", "\\|");
}
