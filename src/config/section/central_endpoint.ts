import * as z from "zod/mini";
import { documented, refuse } from "../field.ts";

const ALLOWED =
  "one or more nats://, tls://, ws:// or wss:// addresses, or host:port, as a list or separated by commas";
const SCHEMES = new Set(["nats:", "tls:", "ws:", "wss:"]);
const LIMIT_ENDPOINTS = 64;
const LIMIT_PORT = 65_535;

/** The NATS servers. Checked value: a list of addresses with their scheme, spaces trimmed; `host:port` is nats://. */
export const centralEndpointField = documented(
  z.pipe(
    z.union([z.string(), z.array(z.string()).check(z.minLength(1))], { error: ALLOWED }),
    z.transform((value, context): readonly string[] => {
      const given = (typeof value === "string" ? value.split(",") : value).map((address) => address.trim());
      // A template leaves a comma at the end; nothing at all is still nothing.
      const named = given.filter((address) => address !== "");
      const addresses = (named.length > 0 ? named : given).map(withScheme);
      const fault = addresses.length > LIMIT_ENDPOINTS
        ? `at most ${LIMIT_ENDPOINTS} addresses`
        : findAddressFault(addresses);
      return fault === null ? addresses : refuse(context, fault);
    }),
  ),
  "Addresses of the NATS servers; one that is up is enough. They may contain a user and password, but a file is the better place.",
  { allowed: ALLOWED },
);

/** `host:port` means nats://, as it does for the NATS command line. */
function withScheme(address: string): string {
  return /^[^/?#]+$/.test(address) ? `nats://${address}` : address;
}

/** What is wrong with the first wrong address, as the end of "must be …"; it never quotes one, they may hold passwords. */
function findAddressFault(addresses: readonly string[]): string | null {
  const schemes = new Set<string>();
  for (const [index, address] of addresses.entries()) {
    const which = addresses.length === 1 ? "the address" : `address ${index + 1}`;
    const url = URL.parse(address);
    if (url === null && hasPortBeyondLimit(address)) {
      return `${ALLOWED}; ${which} has a port above ${LIMIT_PORT}`;
    }
    if (url === null || !SCHEMES.has(url.protocol)) return `${ALLOWED}; ${which} is none of these`;
    if (!isDecodable(url.username) || !isDecodable(url.password)) return `${ALLOWED}; ${which} has a bad % escape`;
    if (url.username === "" && url.password !== "") return `${ALLOWED}; ${which} has a password without a user`;
    if (url.hostname === "") return `${ALLOWED}; ${which} has no host`;
    const isWebSocket = url.protocol.startsWith("ws");
    if (!isWebSocket && url.pathname !== "" && url.pathname !== "/") return `${ALLOWED}; ${which} has a path`;
    if (!isWebSocket && (url.search !== "" || url.hash !== "")) return `${ALLOWED}; ${which} has a query or a fragment`;
    schemes.add(isWebSocket ? "websocket" : "tcp");
  }
  return schemes.size > 1 ? `${ALLOWED}; WebSocket and plain addresses can not be mixed` : null;
}

/** An address that is no URL for its port alone: digits, and it is one with another port. */
function hasPortBeyondLimit(address: string): boolean {
  const [, before, port, after] = /^((?:nats|tls|wss?):\/\/[^\/?#]*):(\d{5,20})([\/?#].*)?$/s.exec(address) ?? [];
  return port !== undefined && Number(port) > LIMIT_PORT && URL.canParse(`${before}:1${after ?? ""}`);
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== null;
  } catch {
    return false;
  }
}

/** Whether an address carries a user, a password or a token. */
export function hasUrlCredentials(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && (url.username !== "" || url.password !== "");
}
