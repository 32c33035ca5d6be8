import type { ValueGrammar } from "../argument/value_grammar.ts";
import type { FlagRule, ToolRule } from "./tool_rule.ts";

/**
 * Record types that a question may be about. ANY, AXFR and IXFR copy zones and amplify; the rest of the registry has no
 * use in diagnosis.
 */
const RECORD_TYPES = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"] as const;
export const RECORD_TYPE: ValueGrammar = { kind: "word", words: RECORD_TYPES, ignoreCase: true };

const seconds = (max: number): ValueGrammar => ({ kind: "int", min: 1, max });
const required = (name: string, short: string): FlagRule => ({ name, short, value: "switch", required: true });

const BASE = { path: null, globalFlags: [], timeoutMs: null, outputLimitBytes: null } as const;

/** Tools that reach other hosts. What each connects to is checked in the target layer, and pinned. */
export const NETWORK_TOOLS: readonly ToolRule[] = [
  {
    ...BASE,
    name: "ping",
    syntax: "getopt",
    layout: "flags_first",
    longValue: "separate",
    pinning: "ping",
    verbs: [{
      words: [],
      flags: [
        { name: "-c", short: "-c", value: { kind: "int", min: 1, max: 10 }, fallback: "3" },
        // iputils and BusyBox both count these in seconds.
        { name: "-i", short: "-i", value: seconds(10) },
        { name: "-W", short: "-W", value: seconds(10) },
        { name: "-f", short: "-f", value: "switch", denied: "would flood" },
        { name: "-s", short: "-s", value: seconds(1), denied: "would send large packets" },
      ],
      operands: { kind: "host" },
    }],
  },
  {
    ...BASE,
    name: "nslookup",
    syntax: "word",
    layout: "flags_first",
    longValue: "joined",
    pinning: "none",
    verbs: [{
      words: [],
      flags: [{ name: "-type", aliases: ["-query", "-q"], value: RECORD_TYPE }],
      operands: { kind: "question", typeFlag: "-type", positionalType: false },
    }],
  },
  {
    ...BASE,
    name: "dig",
    syntax: "word",
    layout: "operands_first",
    longValue: "separate",
    pinning: "none",
    verbs: [{
      words: [],
      flags: [
        { name: "-t", value: RECORD_TYPE },
        { name: "-x", value: { kind: "address" } },
        { name: "+short", value: "switch" },
        { name: "-f", value: RECORD_TYPE, denied: "would read a file" },
        { name: "-k", value: RECORD_TYPE, denied: "would read a key file" },
      ],
      operands: { kind: "question", typeFlag: "-t", positionalType: true },
    }],
  },
  {
    ...BASE,
    name: "curl",
    syntax: "getopt",
    layout: "flags_first",
    longValue: "separate",
    pinning: "curl",
    verbs: [{
      words: [],
      flags: [
        required("--head", "-I"),
        { name: "--silent", short: "-s", value: "switch" },
        { name: "--show-error", short: "-S", value: "switch" },
        { name: "--connect-timeout", value: seconds(30), fallback: "5" },
        { name: "--max-time", short: "-m", value: seconds(300) },
        { name: "--location", short: "-L", value: "switch", denied: "would follow redirects to places nobody checked" },
        { name: "--insecure", short: "-k", value: "switch", denied: "would stop checking who answers" },
        { name: "--proxy", short: "-x", value: seconds(1), denied: "would send the request somewhere else" },
        { name: "--output", short: "-o", value: seconds(1), denied: "would write a file" },
        { name: "--config", short: "-K", value: seconds(1), denied: "would read options from a file" },
        { name: "--request", short: "-X", value: seconds(1), denied: "would send another method than HEAD" },
      ],
      operands: { kind: "url" },
    }],
  },
  {
    ...BASE,
    name: "wget",
    syntax: "getopt",
    layout: "flags_first",
    longValue: "joined",
    pinning: "wget",
    verbs: [{
      words: [],
      flags: [
        { name: "--spider", value: "switch", required: true },
        { name: "--timeout", short: "-T", value: seconds(60), fallback: "5" },
        { name: "--quiet", short: "-q", value: "switch" },
        { name: "--server-response", short: "-S", value: "switch" },
        { name: "--output-document", short: "-O", value: seconds(1), denied: "would write a file" },
        { name: "--post-data", value: seconds(1), denied: "would send another method than HEAD" },
      ],
      operands: { kind: "url" },
    }],
  },
];
