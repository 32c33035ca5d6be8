import { type Host, hostInUrl, parseHost } from "./host.ts";

/** An http or https URL in typed parts. `port` is always there; `path` begins with `/` and holds the query. */
export interface WebUrl {
  readonly scheme: "http" | "https";
  readonly host: Host;
  readonly port: number;
  readonly path: string;
}

const DEFAULT_PORT: Readonly<Record<WebUrl["scheme"], number>> = { http: 80, https: 443 };

// RFC 3986 only: no user part, no backslash, no fragment, no space, `%` only before two hex digits. The URL standard
// repairs what breaks these rules, each program in its own way; nothing here needs repairing.
const URL_PARTS =
  /^(https?):\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([1-9]\d{0,4}))?((?:\/(?:[A-Za-z0-9._~!$&'()*+,;=:@\/-]|%[0-9A-Fa-f]{2})*)?(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@\/?-]|%[0-9A-Fa-f]{2})*)?)$/i;

/** Reads a URL strictly; `null` when it is not a plain http or https URL. */
export function parseWebUrl(text: string): WebUrl | null {
  const match = URL_PARTS.exec(text);
  if (match === null) return null;
  const [, schemeText = "", hostText = "", portText, rest = ""] = match;
  const scheme = schemeText.toLowerCase() === "https" ? "https" : "http";
  const host = parseHost(hostText);
  const port = portText === undefined ? DEFAULT_PORT[scheme] : Number(portText);
  if (host === null || port > 65_535) return null;
  return { scheme, host, port, path: plainPath(rest) };
}

/** The URL in its one spelling: lower-case host, no default port, no dot segments. */
export function formatWebUrl(url: WebUrl): string {
  const port = url.port === DEFAULT_PORT[url.scheme] ? "" : `:${url.port}`;
  return `${url.scheme}://${hostInUrl(url.host)}${port}${url.path}`;
}

/** `host` or `host:port`, as it stands in a Host header. */
export function hostHeader(url: WebUrl): string {
  const port = url.port === DEFAULT_PORT[url.scheme] ? "" : `:${url.port}`;
  return `${hostInUrl(url.host)}${port}`;
}

/** Resolves dot segments as the tools would, so that the path that is shown is the path that is asked for. */
function plainPath(rest: string): string {
  const url = new URL(`http://host.invalid${rest.startsWith("/") ? rest : `/${rest}`}`);
  return `${url.pathname}${url.search}`;
}
