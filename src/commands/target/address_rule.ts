import ipaddr from "ipaddr.js";
import type { RefusalCode } from "../../wire/refusal_code.ts";

/** Why an address may not be reached. */
export interface AddressRefusal {
  readonly code: RefusalCode;
  readonly what: string;
}

interface AddressRule {
  readonly ranges: readonly string[];
  readonly code: RefusalCode;
  readonly what: string;
}

/** The first rule that matches decides. Private and in-cluster ranges are not here: they are what the tools are for. */
const ADDRESS_RULES: readonly AddressRule[] = [
  {
    // AWS, Azure, GCP, DigitalOcean, Oracle…; AWS tasks and pods; AWS, GCP by IPv6; Alibaba; Oracle; Tencent; Azure's
    // wire server, which hands out certificates.
    ranges: [
      "169.254.169.254/32",
      "169.254.170.2/32",
      "169.254.170.23/32",
      "fd00:ec2::254/128",
      "fd00:ec2::23/128",
      "fd20:ce::254/128",
      "100.100.100.200/32",
      "192.0.0.192/32",
      "169.254.0.23/32",
      "168.63.129.16/32",
    ],
    code: "metadata_address",
    what: "a cloud metadata service",
  },
  { ranges: ["127.0.0.0/8", "::1/128"], code: "loopback_address", what: "a loopback address" },
  // Linux connects 0.0.0.0 to itself.
  { ranges: ["0.0.0.0/8", "::/128"], code: "unspecified_address", what: "an unspecified address" },
  {
    ranges: ["224.0.0.0/4", "255.255.255.255/32", "ff00::/8"],
    code: "multicast_address",
    what: "a multicast or broadcast address",
  },
  { ranges: ["169.254.0.0/16", "fe80::/10"], code: "link_local_address", what: "a link-local address" },
];

const PARSED_RULES = ADDRESS_RULES.map((rule) => ({
  ...rule,
  ranges: rule.ranges.map((cidr) => ipaddr.parseCIDR(cidr)),
}));

/** Where an IPv6 address holds an IPv4 address that a gateway or the kernel may send the packet on to. */
const EMBEDDINGS: readonly {
  readonly range: string;
  readonly extract: (bytes: readonly number[]) => readonly number[];
}[] = [
  { range: "::ffff:0:0/96", extract: (bytes) => bytes.slice(12) }, // mapped
  { range: "::/96", extract: (bytes) => bytes.slice(12) }, // compatible, deprecated
  { range: "::ffff:0:0:0/96", extract: (bytes) => bytes.slice(12) }, // translated, RFC 2765
  { range: "64:ff9b::/96", extract: (bytes) => bytes.slice(12) }, // NAT64
  { range: "64:ff9b:1::/48", extract: (bytes) => bytes.slice(12) }, // NAT64, local use, as a /96
  { range: "64:ff9b:1::/48", extract: (bytes) => [...bytes.slice(6, 8), ...bytes.slice(9, 11)] }, // the same, as a /48
  { range: "2002::/16", extract: (bytes) => bytes.slice(2, 6) }, // 6to4
  { range: "2001::/32", extract: (bytes) => bytes.slice(4, 8) }, // Teredo server
  { range: "2001::/32", extract: (bytes) => bytes.slice(12).map((byte) => byte ^ 0xff) }, // Teredo client
];
const PARSED_EMBEDDINGS = EMBEDDINGS.map(({ range, extract }) => ({ range: ipaddr.IPv6.parseCIDR(range), extract }));

/**
 * Why the address may not be reached, or `null` when it may. IPv6 forms that carry an IPv4 address are judged by both.
 * Text that is no address is refused too, since nobody could tell where it leads. `apiServer` holds canonical addresses.
 */
export function refuseAddress(address: string, apiServer: ReadonlySet<string>): AddressRefusal | null {
  if (!ipaddr.isValid(address)) return { code: "unresolved_host", what: "no IP address" };
  for (const candidate of [ipaddr.parse(address), ...embeddedAddresses(ipaddr.parse(address))]) {
    if (apiServer.has(candidate.toString())) return { code: "api_server_address", what: "the Kubernetes API server" };
    const rule = PARSED_RULES.find(({ ranges }) => ranges.some((range) => isWithin(candidate, range)));
    if (rule !== undefined) return { code: rule.code, what: rule.what };
  }
  return null;
}

/** The one spelling under which addresses are compared and printed; `null` when the text is no address. */
export function canonicalAddress(text: string): string | null {
  if (!ipaddr.isValid(text)) return null;
  return ipaddr.process(text).toString();
}

function embeddedAddresses(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4[] {
  if (!(address instanceof ipaddr.IPv6)) return [];
  const bytes = address.toByteArray();
  // ::1 and :: are addresses of their own, not IPv4 0.0.0.1 and 0.0.0.0.
  if (bytes.slice(0, 15).every((byte) => byte === 0) && (bytes[15] ?? 0) <= 1) return [];
  return PARSED_EMBEDDINGS
    .filter(({ range }) => address.match(range))
    .map(({ extract }) => new ipaddr.IPv4([...extract(bytes)]));
}

function isWithin(address: ipaddr.IPv4 | ipaddr.IPv6, range: [ipaddr.IPv4 | ipaddr.IPv6, number]): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}
