/** The hints that a text holds, each once, by their place in the list that the finder was made of. */
type HintFinder = (text: string) => readonly number[];

const NOTHING: readonly number[] = [];

/**
 * Makes a function that looks for many hints (lower case, three characters at least) in one pass over a text, whatever the
 * case: each three characters are looked up in a table, and a hint is compared whole where they begin one. It may say yes
 * where signs differ that differ as letters of two cases do; never no.
 */
export function createHintFinder(hints: readonly string[]): HintFinder {
  const begins = new Uint8Array(1 << 15);
  const byBeginning = new Map<number, number[]>();
  /** Two characters of a script that has no letters are a word as well. */
  const short: number[] = [];
  for (const [index, hint] of hints.entries()) {
    if (hint.length < 3) short.push(index);
    const code = ((hint.charCodeAt(0) & 31) << 10) | ((hint.charCodeAt(1) & 31) << 5) | (hint.charCodeAt(2) & 31);
    begins[code] = 1;
    byBeginning.set(code, [...byBeginning.get(code) ?? [], index]);
  }

  /** The number of the text in which a hint was found last: spares a list of all hints for each text. */
  const foundIn = new Uint32Array(hints.length);
  let textNumber = 0;

  return (text) => {
    textNumber = (textNumber + 1) >>> 0;
    let found: number[] | null = null;
    const take = (index: number): void => {
      foundIn[index] = textNumber;
      (found ??= []).push(index);
    };
    for (const index of short) if (text.includes(hints[index] ?? "")) take(index);
    let three = 0;
    for (let i = 0; i < text.length; i++) {
      three = ((three << 5) | (text.charCodeAt(i) & 31)) & 0x7fff;
      if (begins[three] !== 1 || i < 2) continue;
      for (const index of byBeginning.get(three) ?? []) {
        if (foundIn[index] !== textNumber && isHintAt(text, i - 2, hints[index] ?? "")) take(index);
      }
    }
    return found ?? NOTHING;
  };
}

/** Whether a hint stands at `at`, in letters of either case. */
export function isHintAt(text: string, at: number, hint: string): boolean {
  for (let i = 0; i < hint.length; i++) {
    if ((text.charCodeAt(at + i) | 0x20) !== (hint.charCodeAt(i) | 0x20)) return false;
  }
  return true;
}
