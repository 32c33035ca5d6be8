import ipaddr from "ipaddr.js";

/** A destination: an address in its one canonical spelling, or a lower-case DNS name without the closing dot. */
export type Host =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "name"; readonly name: string };

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";
const NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
/** What a host may be written with. No `%` (escapes, zone ids), no `@`, no backslash, nothing outside ASCII. */
const HOST_CHARACTERS = /^[A-Za-z0-9._-]{1,254}$/;
const IPV6_CHARACTERS = /^[0-9A-Fa-f:.]{2,45}$/;

/**
 * Reads a host in any spelling that the C library or the WHATWG URL standard knows: `2852039166`, `0xa9.0376.43518` and
 * `169.254.169.254` are the same address. Returns `null` for what is no host. IPv6 stands without brackets, or within.
 */
export function parseHost(text: string): Host | null {
  const bracketed = /^\[(.*)\]$/.exec(text)?.[1];
  const v6 = bracketed ?? (text.includes(":") ? text : null);
  if (v6 !== null) return parseIpv6(v6);
  if (!HOST_CHARACTERS.test(text)) return null;
  // The URL parser owns the rule for when a dotted word is a number in disguise, and which number it then is.
  const hostname = hostnameOf(`http://${text.replace(/\.$/, "")}/`);
  if (hostname === null) return null;
  if (ipaddr.IPv4.isValidFourPartDecimal(hostname)) return { kind: "address", address: hostname };
  return NAME.test(hostname) ? { kind: "name", name: hostname } : null;
}

/** The host as it stands in a URL. */
export function hostInUrl(host: Host): string {
  if (host.kind === "name") return host.name;
  return host.address.includes(":") ? `[${host.address}]` : host.address;
}

function parseIpv6(text: string): Host | null {
  if (!IPV6_CHARACTERS.test(text)) return null;
  const hostname = hostnameOf(`http://[${text}]/`);
  return hostname === null ? null : { kind: "address", address: hostname.slice(1, -1) };
}

function hostnameOf(url: string): string | null {
  return URL.canParse(url) ? new URL(url).hostname : null;
}
