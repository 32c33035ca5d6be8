import { type Checked, pass, quoteReceived, refuse } from "../checked.ts";
import type { Operands, ParsedCommand, ParsedFlag } from "../argument/parsed_command.ts";
import { printCommand } from "../argument/print_command.ts";
import { isPathBelow } from "../argument/value_grammar.ts";
import { canonicalAddress, refuseAddress } from "./address_rule.ts";
import { guardTypes } from "./guard_types.ts";
import { type Host, parseHost } from "./host.ts";
import { refuseName } from "./name_rule.ts";
import { pinDestination } from "./pin_destination.ts";
import type { AskServedTypes, ResolvedType } from "./resolve_types.ts";
import { sensitiveField } from "./sensitive_field.ts";

/** What the target layer asks of the world. No call may throw for an ordinary "there is none". */
export interface TargetPorts {
  /** Every IP address of a DNS name, in the resolver's order; empty when it has none. `timeoutMs` is the whole command's. */
  readonly resolve: (name: string, timeoutMs: number) => Promise<readonly string[]>;
  /** The path with every symbolic link followed; `null` when there is no such file. */
  readonly realPath: (path: string) => Promise<string | null>;
  /** What types the API server serves. Absent where there is none to ask: then a name that is not built in passes. */
  readonly servedTypes?: AskServedTypes;
}

/** What the target layer judges by. */
interface TargetRules {
  /** Names and addresses of the API server; names in lower case without the closing dot. */
  readonly apiServerHosts: readonly string[];
  readonly timeoutMs: number;
}

/** Checks what a command would read or reach (`types` are what it names), and returns the argument list that reaches just that. */
export async function checkTarget(
  command: ParsedCommand,
  types: readonly ResolvedType[],
  rules: TargetRules,
  ports: TargetPorts,
): Promise<Checked<readonly string[]>> {
  const guarded = guardTypes(types);
  if (!guarded.ok) return guarded;
  const field = sensitiveField(command.flags);
  if (field !== null) return refuse("sensitive_field", `The expression asks for ${field}`);
  const host = destinationOf(command.operands);
  if (host !== null) {
    const address = await checkHost(host, rules, ports);
    return address.ok ? pass(pinDestination(command, address.value, rules.timeoutMs)) : address;
  }
  const settled = await settleValues(command, rules, ports);
  return settled.ok ? pass(printCommand(settled.value)) : settled;
}

function destinationOf(operands: Operands): Host | null {
  if (operands.kind === "host") return operands.host;
  return operands.kind === "url" ? operands.url.host : null;
}

/** Resolves a host and checks every address; returns the one to connect to. */
async function checkHost(host: Host, rules: TargetRules, ports: TargetPorts): Promise<Checked<string>> {
  const names = new Set(rules.apiServerHosts);
  if (host.kind === "name") {
    const refused = refuseName(host.name, names);
    if (refused !== null) return refuse(refused.code, `${host.name} is ${refused.what}`);
  }
  const apiServer = await apiServerAddresses(rules, ports);
  const addresses = host.kind === "address" ? [host.address] : await resolveOrNothing(host.name, rules, ports);
  for (const address of addresses) {
    const refused = refuseAddress(address, apiServer);
    const shown = host.kind === "address" ? address : `${host.name} (${address})`;
    if (refused !== null) return refuse(refused.code, `${shown} is ${refused.what}`);
  }
  const first = addresses[0] === undefined ? null : canonicalAddress(addresses[0]);
  return first === null
    ? refuse("unresolved_host", `${host.kind === "name" ? host.name : host.address} has no address here`)
    : pass(first);
}

/** The API server's addresses now: its name may have moved since the start. */
async function apiServerAddresses(rules: TargetRules, ports: TargetPorts): Promise<ReadonlySet<string>> {
  const known = await Promise.all(rules.apiServerHosts.map(async (text) => {
    const address = canonicalAddress(text);
    return address === null ? await resolveOrNothing(text, rules, ports) : [address];
  }));
  return new Set(known.flat().flatMap((address) => canonicalAddress(address) ?? []));
}

async function resolveOrNothing(name: string, rules: TargetRules, ports: TargetPorts): Promise<readonly string[]> {
  try {
    return await ports.resolve(name, rules.timeoutMs);
  } catch {
    // Whatever went wrong, the name has no address that could be checked.
    return [];
  }
}

/** Replaces hosts and paths of a configured tool by the address and the file that were checked. */
async function settleValues(
  command: ParsedCommand,
  rules: TargetRules,
  ports: TargetPorts,
): Promise<Checked<ParsedCommand>> {
  const flags: ParsedFlag[] = [];
  for (const flag of command.flags) {
    const { rule, value } = flag;
    if (rule.value === "switch" || typeof value !== "string") {
      flags.push(flag);
      continue;
    }
    const settled = await settleValue(value, rule.value, rules, ports);
    if (!settled.ok) return settled;
    flags.push({ rule, value: settled.value });
  }
  if (command.operands.kind !== "values") return pass({ ...command, flags });
  const values = [];
  for (const { rule, value } of command.operands.values) {
    const settled = await settleValue(value, rule.grammar, rules, ports);
    if (!settled.ok) return settled;
    values.push({ rule, value: settled.value });
  }
  return pass({ ...command, flags, operands: { kind: "values", values } });
}

async function settleValue(
  value: string,
  grammar: Exclude<ParsedFlag["rule"]["value"], "switch">,
  rules: TargetRules,
  ports: TargetPorts,
): Promise<Checked<string>> {
  if (grammar.kind === "host" || grammar.kind === "address") {
    const host = parseHost(value);
    return host === null
      ? refuse("invalid_host", `${quoteReceived(value)} is no host`)
      : await checkHost(host, rules, ports);
  }
  if (grammar.kind !== "path") return pass(value);
  const [path, folder] = await Promise.all([ports.realPath(value), ports.realPath(grammar.below)]);
  // A file that is not there can lead nowhere; the tool says so itself.
  if (path === null) return pass(value);
  return isPathBelow(path, folder ?? grammar.below)
    ? pass(path)
    : refuse("path_outside_folder", `${quoteReceived(value)} leads out of ${grammar.below}`);
}
