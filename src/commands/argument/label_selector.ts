/** A label's key: an optional DNS prefix, a slash, and a name of at most 63 characters. */
export const LABEL_KEY =
  /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const SET_REQUIREMENT = /^(\S+) +(in|notin) *\(([^()]*)\)$/;
const EQUALITY_REQUIREMENT = /^([^\s!=]+) *(==|!=|=) *([^\s!=]*)$/;
const NUMBER_REQUIREMENT = /^(\S+) *(>|<) *(-?\d{1,18})$/;

/**
 * Reads a Kubernetes label selector (`app in (a, b),env!=prod,!canary`) and writes it without needless spaces, or
 * returns `null` when it is none. The grammar is that of apimachinery's `labels.Parse`.
 */
export function parseLabelSelector(text: string): string | null {
  const requirements = splitOutsideParentheses(text);
  if (requirements === null) return null;
  const written: string[] = [];
  for (const requirement of requirements) {
    const canonical = parseRequirement(requirement.trim());
    if (canonical === null) return null;
    written.push(canonical);
  }
  return written.join(",");
}

function parseRequirement(text: string): string | null {
  const set = SET_REQUIREMENT.exec(text);
  if (set !== null) {
    const [, key = "", operator = "", list = ""] = set;
    const values = list.split(",").map((value) => value.trim());
    return LABEL_KEY.test(key) && values.every((value) => LABEL_VALUE.test(value))
      ? `${key} ${operator} (${values.join(",")})`
      : null;
  }
  const number = NUMBER_REQUIREMENT.exec(text);
  if (number !== null && LABEL_KEY.test(number[1] ?? "")) return `${number[1]}${number[2]}${number[3]}`;
  const equality = EQUALITY_REQUIREMENT.exec(text);
  if (equality !== null) {
    const [, key = "", operator = "", value = ""] = equality;
    return LABEL_KEY.test(key) && LABEL_VALUE.test(value) ? `${key}${operator}${value}` : null;
  }
  const key = text.replace(/^! */, "");
  return LABEL_KEY.test(key) ? (text.startsWith("!") ? `!${key}` : key) : null;
}

/** Splits at commas that are not inside parentheses; `null` when parentheses do not pair up. */
function splitOutsideParentheses(text: string): string[] | null {
  const parts = [""];
  let depth = 0;
  for (const char of text) {
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (depth < 0 || depth > 1) return null;
    if (char === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return depth === 0 ? parts : null;
}
