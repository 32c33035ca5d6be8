import type { Redaction } from "./redaction.ts";

/**
 * A line of a key's body, wherever it stands in its line: base64 as long as PEM, OpenSSH and MIME make it. The path of a URL
 * looks like it, but not what is before.
 */
const BODY_LINE = /(?<![A-Za-z0-9+/=._@%~?#-])(?<!:(?=\/\/))[A-Za-z0-9+/]{60,80}(?![A-Za-z0-9+/=])/g;
/** What may be the short line at a body's end. */
const SHORT_LINE = /[A-Za-z0-9+/]{1,80}={0,2}/g;
/** The rest of a body's line that the beginning of the text cut. */
const CUT_LINE = /^[A-Za-z0-9+/]{1,80}(?=[^A-Za-z0-9+/=])/;
const BOUNDARY = /-----(BEGIN|END) ([A-Z0-9 ]{1,48})-----/g;
/** How much a logger writes between two lines of a key, and by how much two such texts differ. */
const GAP_LIMIT = 300;
const GAP_SLACK = 8;
/** So many lines without a head or an end are a key's. */
const LOOSE_LINES = 3;

interface Block {
  readonly start: number;
  readonly end: number;
  readonly lines: number;
  readonly width: number;
  /** What stands between its last two lines, in characters. */
  readonly gap: number;
}

interface Boundary {
  readonly start: number;
  readonly end: number;
  readonly begins: boolean;
  readonly isPrivate: boolean;
}

/**
 * The lines of private keys that lost their head or their end (`--tail`, a limit), with or without what a logger wrote
 * before each: lines of base64 of one width that neither a certificate nor a public key claims. Widths that are not a
 * key's own count only in a text that was `cut`.
 */
export function findKeyLines(text: string, cut: boolean): Redaction[] {
  const blocks = findBlocks(text);
  if (blocks.length === 0) return [];
  const boundaries = findBoundaries(text);
  const found: Redaction[] = [];
  let next = 0;
  for (const block of blocks) {
    while ((boundaries[next]?.start ?? Infinity) < block.start) next++;
    const before = boundaries[next - 1];
    const after = boundaries[next];
    const head = before?.begins === true ? before : undefined;
    const end = after?.begins === false ? after : undefined;
    const nearHead = head?.isPrivate === true && block.start - head.end <= GAP_LIMIT;
    const nearEnd = end?.isPrivate === true && end.start - block.end <= GAP_LIMIT;
    if (nearHead || nearEnd) {
      found.push({
        rule: "private_key",
        start: nearHead && head !== undefined ? head.start : block.start,
        end: nearEnd && end !== undefined ? end.end : block.end,
      });
    } else if (head === undefined && end === undefined && isLooseKey(text, block, cut)) {
      found.push({ rule: "private_key", start: block.start, end: block.end });
    }
  }
  return found;
}

/** base64 of "-----BEGIN CERTIFICATE", of "-----BEGIN PUBLIC". */
const PUBLIC_IN_BASE64 = /^LS0tLS1CRUdJTiB(?:DRVJU|QVUJ|UUlVT)/;

function isLooseKey(text: string, { start, lines, width }: Block, cut: boolean): boolean {
  if (lines < LOOSE_LINES || !(cut || width === 64 || width === 70)) return false;
  const line = text.slice(start, start + width);
  return /[a-z]/.test(line) && /[A-Z]/.test(line) && /\d/.test(line) && !PUBLIC_IN_BASE64.test(line);
}

function findBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  for (const match of text.matchAll(BODY_LINE)) {
    const width = match[0].length;
    const end = match.index + width;
    const open = blocks.at(-1);
    if (open !== undefined && open.width === width && isNeighbor(text, open.end, match.index)) {
      blocks[blocks.length - 1] = { ...open, end, lines: open.lines + 1, gap: match.index - open.end };
    } else blocks.push({ start: match.index, end, lines: 1, width, gap: 0 });
  }
  return blocks.map((block) => withShortLines(text, block));
}

/** At most one line end, and no more than a prefix, lie between; or nothing but line ends. */
function isNeighbor(text: string, end: number, start: number): boolean {
  if (start - end > GAP_LIMIT) return false;
  const gap = text.slice(end, start);
  return /^[\s\0"',]*$/.test(gap) || (gap.match(/\n/g)?.length ?? 0) <= 1;
}

/** Whether a short line is more likely the rest of a key than a word. */
export function isKeyRest(line: string): boolean {
  if (line.endsWith("=") || line.length >= 40 || (line.length < 8 && /[\d+/]/.test(line))) return true;
  return (/[A-Z]/.test(line) && /[a-z]/.test(line) && /[\d+/]/.test(line));
}

/** With the short line at its end, and the rest of a line at its beginning where the text begins with it. */
function withShortLines(text: string, block: Block): Block {
  if (block.lines < 2) return block;
  const rest = CUT_LINE.exec(text.slice(0, 100))?.[0] ?? "";
  const cutLine = isKeyRest(rest) ? rest.length : 0;
  const start = cutLine > 0 && Math.abs(block.start - cutLine - block.gap) <= GAP_SLACK ? 0 : block.start;
  const from = block.end + Math.max(1, block.gap - GAP_SLACK);
  let end = block.end;
  let best = GAP_SLACK + 1;
  for (const run of text.slice(from, block.end + block.gap + GAP_SLACK + 84).matchAll(SHORT_LINE)) {
    const at = from + run.index;
    const off = Math.abs(at - block.end - block.gap);
    if (off < best && run[0].length <= block.width && isKeyRest(run[0]) && isNeighbor(text, block.end, at)) {
      best = off;
      end = at + run[0].length;
    }
  }
  return { ...block, start, end };
}

function findBoundaries(text: string): readonly Boundary[] {
  return [...text.matchAll(BOUNDARY)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    begins: match[1] === "BEGIN",
    isPrivate: (match[2] ?? "").includes("PRIVATE KEY"),
  }));
}
