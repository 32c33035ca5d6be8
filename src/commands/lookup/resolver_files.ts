import { isIP } from "node:net";

/** What resolv.conf(5) says, as far as it decides which names are asked, and whom. */
interface ResolverConfig {
  readonly servers: readonly string[];
  /** Domains that are tried behind a name. */
  readonly search: readonly string[];
  /** A name with fewer dots is tried with the search domains first. */
  readonly ndots: number;
}

/** glibc's own limits: three servers (MAXNS), 15 dots (RES_MAXNDOTS); Kubernetes writes at most 32 search domains. */
const SERVER_LIMIT = 3;
const NDOTS_LIMIT = 15;
const SEARCH_LIMIT = 32;
/** The longest name that DNS has, without the closing dot (RFC 1035). */
const NAME_LIMIT = 253;

/** Reads a resolv.conf. Lines that say nothing here are passed over, as the C library does it. */
export function parseResolvConf(text: string): ResolverConfig {
  const servers: string[] = [];
  let search: readonly string[] = [];
  let ndots = 1;
  for (const words of wordsOfLines(text, /^[#;].*/)) {
    const [keyword, ...values] = words;
    if (keyword === "nameserver" && values[0] !== undefined && isIP(values[0]) !== 0) servers.push(values[0]);
    // Of several lines the last counts, whichever of the two keywords it has.
    if (keyword === "search" || keyword === "domain") {
      search = values.map(withoutClosingDot).filter((name) => name !== "");
    }
    if (keyword === "options") ndots = values.reduce((found, value) => readNdots(value) ?? found, ndots);
  }
  return { servers: servers.slice(0, SERVER_LIMIT), search: search.slice(0, SEARCH_LIMIT), ndots };
}

function readNdots(option: string): number | null {
  const [, digits] = /^ndots:(\d{1,9})$/.exec(option) ?? [];
  return digits === undefined ? null : Math.min(Number(digits), NDOTS_LIMIT);
}

/** The addresses that a hosts file has for `name`, in its order; names are compared without regard to case. */
export function addressesInHosts(text: string, name: string): readonly string[] {
  const wanted = withoutClosingDot(name).toLowerCase();
  return wordsOfLines(text, /#.*/).flatMap(([address = "", ...names]) =>
    isIP(address) !== 0 && names.some((known) => withoutClosingDot(known).toLowerCase() === wanted) ? [address] : []
  );
}

/** The full names under which `name` is looked up, in the order of resolv.conf(5); a closing dot stops the search. */
export function fullNames(name: string, { ndots, search }: ResolverConfig): readonly string[] {
  if (name.endsWith(".")) return [withoutClosingDot(name)];
  const searched = search.map((domain) => `${name}.${domain}`);
  const dots = name.split(".").length - 1;
  const names = dots >= ndots ? [name, ...searched] : [...searched, name];
  return names.filter(({ length }) => length <= NAME_LIMIT);
}

function wordsOfLines(text: string, comment: RegExp): readonly (readonly string[])[] {
  return text.split("\n").map((line) => line.replace(comment, "").split(/\s+/).filter((word) => word !== ""));
}

function withoutClosingDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
