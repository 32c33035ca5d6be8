/** Stands among the words for what is no word: a name, an image, a URL, a digest. */
const NAME = "·";
/** Stands for a number but zero. */
const NUMBER = "#";

/** Words that are written with a hyphen. Whatever else has one is taken for a name: no Kubernetes name is a sign. */
const HYPHENATED: ReadonlySet<string> = new Set([
  "read-only",
  "split-brain",
  "back-off",
  "time-out",
  "out-of-memory",
  "out-of-sync",
  "out-of-disk",
  "out-of-date",
  "fail-over",
  "crash-loop",
  "not-ready",
  "not-found",
  "non-zero",
  "under-replicated",
  "instance-retirement",
  "instance-stop",
  "instance-reboot",
  "system-reboot",
  "system-maintenance",
  "health-check",
]);

const QUOTES = "\"'`“”‘’";
const LETTERS = /^[A-Za-z]+(?:['’][a-z]+)?$/;
const SNAKE = /^[A-Za-z]+(?:_[A-Za-z]+)+$/;
const NUMERAL = /^[+-]?\d+(?:[.,]\d+)*%?$/;
const INSIDE = /[A-Za-z0-9%/\\]/;
const HUMPS = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+(?:['’][a-z]+)?/g;

/** The words of a reason, in lower case: `ContainerRuntimeIsDown` and `container_runtime_is_down` are four each. */
export function reasonWords(reason: string): string[] {
  return (reason.match(HUMPS) ?? []).map((word) => word.toLowerCase());
}

/**
 * The words of a message in lower case, split like reasons. In the place of each name stands `NAME`: of what is in quotes
 * without white space, has a slash, a colon, a digit or a hyphen inside, or is among `names`. Linear in the text.
 */
export function messageWords(message: string, names: ReadonlySet<string>): string[] {
  const words: string[] = [];
  for (const token of message.split(/\s+/)) if (token !== "") addToken(token, names, words);
  return words;
}

function addToken(token: string, names: ReadonlySet<string>, words: string[]): void {
  const bare = trimPunctuation(token);
  if (bare === "") return;
  if (names.has(bare) || isQuoted(token)) words.push(NAME);
  else if (LETTERS.test(bare)) addHumps(bare, words);
  else if (NUMERAL.test(bare)) words.push(/^[+-]?0+%?$/.test(bare) ? "0" : NUMBER);
  else if (SNAKE.test(bare)) { for (const part of bare.split("_")) addHumps(part, words); }
  else if (HYPHENATED.has(bare.toLowerCase())) words.push(...bare.toLowerCase().split("-"));
  else if (bare.toLowerCase() === "i/o") words.push("io");
  else addPair(bare, names, words);
}

/** `status=Failed` and `code=NotFound` are two words; anything else is a name. */
function addPair(bare: string, names: ReadonlySet<string>, words: string[]): void {
  const equals = bare.indexOf("=");
  const value = equals === -1 ? "" : trimPunctuation(bare.slice(equals + 1));
  if (value !== "" && LETTERS.test(value) && !names.has(value)) addHumps(value, words);
  else words.push(NAME);
}

function addHumps(bare: string, words: string[]): void {
  for (const hump of bare.match(HUMPS) ?? []) words.push(hump.toLowerCase().replace("’", "'"));
}

/** Without the punctuation at both ends. */
function trimPunctuation(token: string): string {
  let [from, to] = [0, token.length];
  while (from < to && !INSIDE.test(token.charAt(from))) from++;
  while (to > from && !INSIDE.test(token.charAt(to - 1))) to--;
  return token.slice(from, to);
}

/** Whether a token begins and ends with a quotation mark, whatever punctuation follows. */
function isQuoted(token: string): boolean {
  const start = token.search(/[^([{<,]/);
  if (start === -1 || !QUOTES.includes(token.charAt(start))) return false;
  for (let at = token.length - 1; at > start; at--) {
    const unit = token.charAt(at);
    if (QUOTES.includes(unit)) return true;
    if (/[A-Za-z0-9]/.test(unit)) return false;
  }
  return false;
}
