import { Buffer } from "node:buffer";
import type { KubeconfigUser } from "./kubeconfig_parts.ts";

/** What may stand in a header's name (RFC 9110, section 5.6.2), but `%`, which begins an escape. */
const NAME_BYTE = /[A-Za-z0-9!#$&'*+\-.^_`|~]/;

/**
 * The headers by which the API server acts as somebody else (transport/round_trippers.go in client-go). One line a group:
 * joined by commas they would be one group of that name.
 */
export function impersonationHeaders(user: KubeconfigUser): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  if (!user.as) return headers;
  headers["impersonate-user"] = onTheWire(user.as);
  if (user["as-uid"]) headers["impersonate-uid"] = onTheWire(user["as-uid"]);
  const groups = user["as-groups"] ?? [];
  if (groups.length > 0) headers["impersonate-group"] = groups.map(onTheWire);
  for (const [key, values] of Object.entries(user["as-user-extra"] ?? {})) {
    if (values.length > 0) headers[`impersonate-extra-${escapeName(key)}`] = values.map(onTheWire);
  }
  return headers;
}

/** Go sends UTF-8, `node:http` one byte a character. */
function onTheWire(value: string): string {
  return Buffer.from(value, "utf8").toString("latin1");
}

function escapeName(key: string): string {
  return [...Buffer.from(key, "utf8").toString("latin1").toLowerCase()]
    .map((byte) => NAME_BYTE.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}
