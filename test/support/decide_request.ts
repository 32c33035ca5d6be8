import { buildPolicy, type CommandPolicy, type PolicyOptions } from "../../src/commands/command_policy.ts";
import { decideCommand } from "../../src/commands/decide_command.ts";
import type { Decision } from "../../src/commands/decision.ts";
import { decodeCommand } from "../../src/commands/decode_command.ts";
import type { TargetPorts } from "../../src/commands/target/check_target.ts";

/** When the tests' commands arrive. */
export const NOW_MS = Date.parse("2026-03-01T12:00:00Z");

/** The DNS of the tests: what a cluster and a hostile zone would answer. Any other name has no address. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  "web": ["10.96.3.4"],
  "web.default.svc": ["10.96.3.4"],
  "web.default.svc.cluster.local": ["10.96.3.4"],
  "su": ["10.96.9.9"],
  "dual.example.com": ["203.0.113.7", "2001:db8::7"],
  "v6.example.com": ["2001:db8::6"],
  "example.com": ["203.0.113.5"],
  "xn--bcher-kva.example": ["203.0.113.8"],
  "metadata.prod.svc": ["10.96.7.7"],
  "meta.evil.example": ["169.254.169.254"],
  "mixed.evil.example": ["203.0.113.9", "169.254.169.254"],
  "loop.evil.example": ["127.0.0.1"],
  "loop6.evil.example": ["::1"],
  "mapped.evil.example": ["::ffff:169.254.169.254"],
  "nat64.evil.example": ["64:ff9b::a9fe:a9fe"],
  "zero.evil.example": ["0.0.0.0"],
  "api.evil.example": ["10.96.0.1"],
  "api6.evil.example": ["::ffff:10.96.0.1"],
  "aws6.evil.example": ["fd00:ec2::254"],
  "alibaba.evil.example": ["100.100.100.200"],
  "garbage.evil.example": ["not-an-address"],
  "api.prod.example": ["198.51.100.10"],
  "alias.evil.example": ["198.51.100.10"],
};

export const testPorts: TargetPorts = {
  resolve: (name) => Promise.resolve(ADDRESSES[name] ?? []),
  realPath: (path) =>
    Promise.resolve(path.startsWith("/var/log/app/link") ? "/etc/shadow" : path.endsWith("/missing") ? null : path),
};

/** A policy that must be valid. */
export function policyForTest(options: Partial<PolicyOptions> = {}): CommandPolicy {
  const built = buildPolicy({
    clusterId: "prod",
    timeoutCeilingMs: 300_000,
    apiServerHosts: ["10.96.0.1", "api.prod.example"],
    ...options,
  });
  if (!built.ok) throw new Error(`Not a policy: ${JSON.stringify(built.problems)}`);
  return built.policy;
}

const POLICY = policyForTest();

/** Decides a message, given as its text or as its fields. */
export function decideMessage(message: unknown, policy = POLICY, ports = testPorts): Promise<Decision> {
  const body = typeof message === "string" ? message : JSON.stringify(message);
  return decideCommand({ decoded: decodeCommand(body), receivedAtMs: NOW_MS, finding: null }, policy, ports);
}

/** A command line as people write it: a list of words, or a text that is split at spaces. */
export type CommandLine = string | readonly string[];

export function words(line: CommandLine): readonly string[] {
  return typeof line === "string" ? line.split(" ") : line;
}

/** Decides TOOL ARG…, sent with an empty action. */
export function decideLine(line: CommandLine, policy = POLICY, ports = testPorts): Promise<Decision> {
  const [tool = "", ...args] = words(line);
  return decideMessage({ id: "cmd-1", type: "diagnostic", tool, action: "", args }, policy, ports);
}

/** `allowed` with the argument list, or the code. */
export function outcome(decision: Decision): string {
  return decision.kind === "allowed" ? `allowed: ${decision.command.argv.join(" ")}` : decision.code;
}
