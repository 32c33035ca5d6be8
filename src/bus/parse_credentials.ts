import { Buffer } from "node:buffer";

/** What a NATS credentials file holds. */
export interface Credentials {
  readonly jwt: string;
  /** The NKey seed that belongs to it. */
  readonly seed: string;
}

/** A block of a credentials file: a label between dashes, and one token. */
const BLOCK = /-{3,}BEGIN ([A-Z ]+)-{3,}\s+([A-Za-z0-9._=-]+)\s+-{3,}END \1-{3,}/g;
/** A user's seed in a line of its own, with nothing or a decoration around it. */
const SEED = /^\s*\uFEFF?\s*(SU[A-Z2-7]{56})\s*$/m;
const LIMIT_CHARACTERS = 64 * 1024;

/**
 * Reads a NATS credentials file as `nsc` writes it: the first block is the user's JWT, the second its seed; `null` when
 * they are not there. Editors and templates leave a byte order mark, CRLF, spaces before lines or no newline at the end,
 * which the NATS command line and the Go client take as well.
 */
export function parseCredentials(text: string): Credentials | null {
  const [jwt, seed] = [...text.slice(0, LIMIT_CHARACTERS).matchAll(BLOCK)].map(([, , token]) => token);
  return jwt === undefined || seed === undefined ? null : { jwt, seed };
}

/** When a user's JWT ends, in Unix milliseconds; `null` where it has no end or can't be read. */
export function endOfJwt(jwt: string): number | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString("utf8"));
    const end = typeof claims === "object" && claims !== null && "exp" in claims ? claims.exp : null;
    return typeof end === "number" && end > 0 ? end * 1_000 : null;
  } catch {
    return null;
  }
}

/**
 * The seed in an NKey file: alone, or as the Go client takes it too (nkeys.ParseDecoratedNKey), between lines of dashes or
 * below a comment. A text without one is returned trimmed, for whoever says what is wrong with it.
 */
export function parseSeed(text: string): string {
  return SEED.exec(text.slice(0, LIMIT_CHARACTERS))?.[1] ?? text.trim();
}
