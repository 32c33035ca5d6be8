import { Resolver } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { addressesInHosts, fullNames, parseResolvConf } from "./resolver_files.ts";

/** How long one lookup may take. */
interface LookUpLimits {
  readonly deadlineMs: number;
  /** Ends the lookup before that. */
  readonly signal: AbortSignal;
}

/** Every address of a name; none when it has none, or when no answer came in time. Never rejects. */
export type LookUpName = (name: string, limits: LookUpLimits) => Promise<readonly string[]>;

interface NameLookupOptions {
  /** Where resolv.conf(5) and hosts(5) are. They are read at each lookup: a machine's network changes. */
  readonly resolvConf: string;
  readonly hosts: string;
  /** The servers' port. */
  readonly port: number;
}

/** The machine's own. */
const SYSTEM: NameLookupOptions = { resolvConf: "/etc/resolv.conf", hosts: "/etc/hosts", port: 53 };

/** One server that does not answer must leave time for the next. */
const QUERY_TIMEOUT_MS = 1_000;
const QUERY_TRIES = 1;

/** A name that is not there, there without such an address, or that this server can't tell: the search goes on. */
const SEARCH_ON = new Set(["ENOTFOUND", "ENODATA", "ESERVFAIL"]);

/**
 * Makes a lookup that finds what the C library would find (hosts file, search domains, `ndots`) over sockets. It is not
 * getaddrinfo on purpose: that blocks a thread for as long as a server is silent, without a deadline, and those threads
 * are the ones that write files. So a name in somebody's silent zone would hold up the audit log.
 */
export function createNameLookup(options: NameLookupOptions = SYSTEM): LookUpName {
  return async (name, { deadlineMs, signal }) => {
    const resolver = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
    const late = Promise.withResolvers<readonly string[]>();
    const stop = (): void => {
      late.resolve([]);
      resolver.cancel();
    };
    const timer = setTimeout(stop, deadlineMs);
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) return [];
      return await Promise.race([find(name, resolver, options, late.promise), late.promise]);
    } catch {
      return []; // no readable answer: there is no address that could be checked
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  };
}

async function find(
  name: string,
  resolver: Resolver,
  options: NameLookupOptions,
  late: Promise<unknown>,
): Promise<readonly string[]> {
  let isLate = false;
  void late.then(() => isLate = true);
  const [conf, hosts] = await Promise.all([readText(options.resolvConf), readText(options.hosts)]);
  const known = addressesInHosts(hosts, name);
  if (known.length > 0) return known;
  const config = parseResolvConf(conf);
  // Without a file the resolver has found servers of its own.
  if (config.servers.length > 0) resolver.setServers(config.servers.map((address) => withPort(address, options.port)));
  for (const full of fullNames(name, config)) {
    if (isLate) return [];
    const answers = await Promise.allSettled([resolver.resolve4(full), resolver.resolve6(full)]);
    const addresses = answers.flatMap((answer) => answer.status === "fulfilled" ? answer.value : []);
    if (addresses.length > 0) return preferredFirst(addresses);
    if (!answers.every(isSearchedOn)) return [];
  }
  return [];
}

function isSearchedOn(answer: PromiseSettledResult<unknown>): boolean {
  if (answer.status === "fulfilled") return true; // an empty list
  const { reason } = answer;
  return reason instanceof Error && "code" in reason && typeof reason.code === "string" && SEARCH_ON.has(reason.code);
}

/** IPv4 first, but on a machine that has IPv6 alone: a tool connects to the first. */
function preferredFirst(addresses: readonly string[]): readonly string[] {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []).filter(({ internal }) => !internal);
  const isIpv6Only = own.length > 0 && own.every(({ family }) => family === "IPv6");
  return [...addresses].sort((a, b) => (isIPv6(a) === isIpv6Only ? 0 : 1) - (isIPv6(b) === isIpv6Only ? 0 : 1));
}

function withPort(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** A file that is not there says nothing. */
async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}
