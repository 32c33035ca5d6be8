import { printCommand, printFlag } from "../argument/print_command.ts";
import type { ParsedCommand } from "../argument/parsed_command.ts";
import { hostInUrl } from "./host.ts";
import { formatWebUrl, hostHeader, type WebUrl } from "./web_url.ts";

/**
 * The argument list with which ping, curl and wget connect to `address` (checked, canonical) and to nothing else: no
 * other answer of DNS, no proxy, no redirect, no option of a file. `timeoutMs` is the whole command's.
 */
export function pinDestination(command: ParsedCommand, address: string, timeoutMs: number): readonly string[] {
  const { operands, tool } = command;
  if (operands.kind === "host") {
    return printCommand({ ...command, operands: { kind: "host", host: { kind: "address", address } } });
  }
  if (operands.kind !== "url") return printCommand(command);
  return tool.pinning === "curl"
    ? pinCurl(command, operands.url, address, timeoutMs)
    : pinWget(command, operands.url, address);
}

function pinCurl(command: ParsedCommand, url: WebUrl, address: string, timeoutMs: number): readonly string[] {
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
  // A shorter limit of the sender's own stands; of two, curl would take the last.
  const asked = command.flags.find((flag) => flag.rule.name === "--max-time");
  const limit = Math.min(seconds, asked === undefined ? seconds : Number(asked.value));
  const flags = command.flags.filter((flag) => flag !== asked).flatMap((flag) => printFlag(flag, command.tool));
  const resolve = url.host.kind === "name" ? ["--resolve", `${url.host.name}:${url.port}:${bracketed(address)}`] : [];
  return [
    "curl",
    // First, or curl has read its configuration file already.
    "-q",
    "-g",
    "--proto",
    "=http,https",
    "--max-redirs",
    "0",
    "--noproxy",
    "*",
    "--max-time",
    String(limit),
    ...resolve,
    ...flags,
    formatWebUrl(url),
  ];
}

/**
 * wget can't be told a name's address. Over http it gets the address in the URL and the name in a header. Over https the
 * name must stay for the certificate: should DNS answer differently the second time, the handshake fails before any
 * request is sent, because wget checks the certificate against the name. (BusyBox wget, which checks none, does not know
 * the options and stops.)
 */
function pinWget(command: ParsedCommand, url: WebUrl, address: string): readonly string[] {
  const isByAddress = url.scheme === "http" && url.host.kind === "name";
  const header = isByAddress ? [`--header=Host: ${hostHeader(url)}`] : [];
  const target: WebUrl = isByAddress ? { ...url, host: { kind: "address", address } } : url;
  const flags = command.flags.flatMap((flag) => printFlag(flag, command.tool));
  return [
    "wget",
    "--no-config",
    "--no-hsts",
    "--no-proxy",
    "--max-redirect=0",
    "--tries=1",
    ...header,
    ...flags,
    formatWebUrl(target),
  ];
}

function bracketed(address: string): string {
  return hostInUrl({ kind: "address", address });
}
