import { findAssignments } from "./find_assignments.ts";
import { findBoundValues } from "./find_bound_values.ts";
import { findBoxedTables } from "./find_boxed_tables.ts";
import { findEncodedTexts } from "./find_encoded_texts.ts";
import { findInLines } from "./find_in_lines.ts";
import { findInserts } from "./find_inserts.ts";
import { findJsonSecrets } from "./find_json_secrets.ts";
import { findKeyLines } from "./find_key_lines.ts";
import { findLastApplied } from "./find_last_applied.ts";
import { findListedArguments } from "./find_listed_arguments.ts";
import { findPairs } from "./find_pairs.ts";
import { findPathValues } from "./find_path_values.ts";
import { findPrefixedTokens } from "./find_prefixed_tokens.ts";
import { findPrivateKeys } from "./find_private_keys.ts";
import { findTableColumns } from "./find_table_columns.ts";
import { findTokens } from "./find_tokens.ts";
import { findUrlPasswords } from "./find_url_passwords.ts";
import { findYamlSecrets } from "./find_yaml_secrets.ts";
import { applyRedactions, type RedactedText, type Redaction, type RedactionCounts } from "./redaction.ts";
import { BUILT_IN_REDACTOR, type Redactor } from "./redactor.ts";
import { besideMarks, isMarked } from "./secret_value.ts";
import { decodeEntities, decodeEscapes, decodePercentSigns, dropInvisible, splitPrefixes } from "./text_view.ts";
import { placePiece, type TextView } from "./view_builder.ts";

interface RedactTextOptions {
  /** The text ends, or begins, where a limit cut it: half a Secret or half a key looks like less than it is. */
  readonly cut?: boolean;
  readonly redactor?: Redactor;
}

/** Two are enough but for secrets that touch each other. */
const ROUNDS = 4;
/** Above, the time for a second look is worth more than the rare secret that touches another. */
const ONE_ROUND_LENGTH = 256 * 1024;
/** JSON in a string in JSON in an annotation; deeper ones occur nowhere. */
const ESCAPE_LEVELS = 5;
/** base64 in a Secret in base64. */
const ENCODED_LEVELS = 2;

/**
 * Cuts secrets out of a text, each replaced by `[REDACTED:rule]`; all else stays as it is, byte for byte. Knows them by
 * structure (objects, key blocks), by the shapes of tokens, and by the names before them; can't know those that look
 * like nothing. Reads the text as it stands, without what loggers put before its lines, and with its escapes decoded.
 *
 * Linear in the length of `text`, whatever it holds. Doing it twice changes nothing. Returns the same string where there
 * is nothing to cut out.
 */
export function redactText(text: string, options: RedactTextOptions = {}): RedactedText {
  const { cut = false, redactor = BUILT_IN_REDACTOR } = options;
  const counts: RedactionCounts = {};
  const quiet = !cut && !redactor.mayHoldSecret(text);
  if (quiet && redactor.patterns.length === 0) return { text, counts };
  let redacted = text;
  // A mark is a boundary where a secret was none, so that what stood right beside it may be found only now.
  for (let round = 0; round < (text.length > ONE_ROUND_LENGTH ? 1 : ROUNDS); round++) {
    const found = quiet ? findConfigured(redacted, redactor) : findSecrets(redacted, cut, redactor);
    const pieces = (round === 0 && !text.includes("[REDACTED:") ? found : found.map(asWhole)).filter(isNew);
    if (pieces.length === 0) break;
    redacted = applyRedactions(redacted, pieces, counts);
  }
  return { text: redacted, counts };

  function asWhole(piece: Redaction): Redaction {
    return besideMarks(redacted, piece);
  }

  /** An empty value holds nothing, and a mark needs no second one. */
  function isNew({ start, end }: Redaction): boolean {
    return end > start && !isMarked(redacted.slice(start, Math.min(end, start + 128)));
  }
}

function findSecrets(text: string, cut: boolean, redactor: Redactor, encoded = ENCODED_LEVELS): Redaction[] {
  const found: Redaction[] = encoded === 0 ? [] : findEncodedTexts(text, findInEncoded);
  let view: TextView | null = { text, places: null };
  for (let level = 0; view !== null && level <= ESCAPE_LEVELS; level++) {
    view = dropInvisible(view) ?? view;
    const split = splitPrefixes(view);
    takeFrom(split?.lines ?? view);
    if (split !== null && redactor.mayHoldSecret(split.prefixes.text)) takeFrom(split.prefixes);
    for (const decoded of [decodeEntities(view), decodePercentSigns(view)]) if (decoded !== null) takeFrom(decoded);
    // A cell before a bar looks like what docker compose writes before a line.
    const whole = split !== null && view.text.includes("|") ? splitPrefixes(view, false) : split;
    for (const from of whole === null ? [view] : [view, whole.lines]) {
      found.push(...findListedArguments(from));
      for (const piece of findBoxedTables(from.text, redactor)) found.push(placePiece(from, piece));
    }
    view = decodeEscapes(view, redactor.mayHoldSecret);
  }
  return found;

  function findInEncoded(decoded: string): readonly Redaction[] {
    return redactor.mayHoldSecret(decoded) ? findSecrets(decoded, false, redactor, encoded - 1) : [];
  }

  function takeFrom(from: TextView): void {
    for (const piece of findInView(from.text, cut, redactor)) found.push(placePiece(from, piece));
  }
}

function findInView(text: string, cut: boolean, redactor: Redactor): Redaction[] {
  return [
    ...findConfigured(text, redactor),
    ...findPrivateKeys(text),
    ...findKeyLines(text, cut),
    ...findLastApplied(text),
    ...findJsonSecrets(text, cut),
    ...findYamlSecrets(text, cut),
    ...findTokens(text),
    ...findPrefixedTokens(text),
    ...findUrlPasswords(text, cut),
    ...findPairs(text, redactor),
    ...findAssignments(text, redactor),
    ...findInLines(text, redactor),
    ...findTableColumns(text, redactor),
    ...findInserts(text, redactor),
    ...findBoundValues(text, redactor),
    ...findPathValues(text, redactor),
  ];
}

function findConfigured(text: string, { patterns }: Redactor): Redaction[] {
  const found: Redaction[] = [];
  for (const pattern of patterns) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices?.[1] ?? [match.index, match.index + match[0].length];
      found.push({ rule: "configured", start, end });
    }
  }
  return found;
}
