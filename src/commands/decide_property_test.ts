import assert from "node:assert/strict";
import fc from "fast-check";
import { decideLine, decideMessage, NOW_MS, policyForTest, testPorts } from "../../test/support/decide_request.ts";
import { findVerb } from "./argument/find_verb.ts";
import { parseArguments } from "./argument/parse_arguments.ts";
import type { ParsedCommand } from "./argument/parsed_command.ts";
import { printCommand } from "./argument/print_command.ts";
import { decideCommand } from "./decide_command.ts";
import { decodeCommand } from "./decode_command.ts";
import { SENSITIVE_TYPES } from "./target/sensitive_type.ts";
import { BUILT_IN_TOOLS } from "./tool/built_in_tools.ts";
import type { ToolRule } from "./tool/tool_rule.ts";

// Words from the tables, their neighbours and pieces glued together: far likelier to get past the first layers than noise.

const POLICY = policyForTest();
const flagWords = BUILT_IN_TOOLS.flatMap((tool) =>
  tool.verbs.flatMap((verb) =>
    verb.flags.flatMap((flag) => [flag.name, flag.short ?? flag.name, ...flag.aliases ?? []])
  )
);
const plainWords = [
  ...["pods", "pod", "secrets", "secret", "SECRET", "pods,secrets", "all", "svc", "secrets.v1.", "pod/x", "secret/y"],
  ...[
    "default",
    "wide",
    "json",
    "yaml",
    "app=web",
    "5",
    "1h",
    "true",
    "false",
    ".metadata.name",
    "status.phase=Running",
  ],
  ...[
    "aux",
    "e",
    "-ef",
    "-h",
    "-a",
    "web",
    "10.0.0.7",
    "169.254.169.254",
    "http://web/",
    "https://10.0.0.7:8/x",
    "MX",
    "ANY",
  ],
  ...[
    "nodes",
    "dump",
    "jsonpath={.a}",
    "go-template={{.}}",
    "-",
    "--",
    "",
    "\n",
    "=",
    "@1.1.1.1",
    "+short",
    "cpu",
    "memory",
  ],
];
const anyFlag = fc.constantFrom(...new Set(flagWords));
const anyWord = fc.constantFrom(...plainWords);
const token = fc.oneof(
  { weight: 6, arbitrary: anyWord },
  { weight: 6, arbitrary: anyFlag },
  { weight: 3, arbitrary: fc.tuple(anyFlag, fc.constantFrom("=", "", " "), anyWord).map((parts) => parts.join("")) },
  { weight: 2, arbitrary: fc.tuple(anyFlag, anyFlag).map(([a, b]) => a + b.replace(/^-/, "")) },
  { weight: 1, arbitrary: anyFlag.map((flag) => flag.replaceAll("-", "_").replace(/^__?/, "--")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
);
const toolAndVerb = fc.constantFrom(
  ...BUILT_IN_TOOLS.flatMap((tool) =>
    tool.verbs.map((verb) => [tool.name, ...verb.words.map((words) => words[0] ?? "")])
  ),
);
/** The flag without which a tool refuses everything, so that the rest of the grammar is reached. */
const needed: Readonly<Record<string, readonly string[]>> = { curl: ["-I"], wget: ["--spider"] };
const line = fc.tuple(toolAndVerb, fc.array(token, { maxLength: 6 })).map(([head, rest]) => [
  ...head,
  ...needed[head[0] ?? ""] ?? [],
  ...rest,
]);
const RUNS = { numRuns: 5000 };

/** What the agent adds to curl and wget after the typed command is printed. */
const PINS = new Set([
  ...["-q", "-g", "--proto", "--max-redirs", "--noproxy", "--max-time", "--resolve"],
  ...["--no-config", "--no-hsts", "--no-proxy", "--max-redirect", "--tries", "--header"],
]);

function toolRule(name: string | undefined): ToolRule {
  const tool = BUILT_IN_TOOLS.find((rule) => rule.name === name);
  assert.ok(tool);
  return tool;
}

function parse(words: readonly string[]): ParsedCommand | null {
  const tool = toolRule(words[0]);
  const verb = findVerb(words.slice(1), tool);
  if (!verb.ok) return null;
  const parsed = parseArguments(tool, verb.value);
  return parsed.ok ? parsed.value : null;
}

Deno.test("whatever words come in, an allowed argument list holds only flags of the table, spelled by the agent", async () => {
  let allowed = 0;
  await fc.assert(
    fc.asyncProperty(line, async (words) => {
      const decision = await decideLine(words, POLICY, testPorts);
      if (decision.kind === "denied") return;
      allowed++;
      const tool = toolRule(decision.command.argv[0]);
      const spellings = new Set(
        tool.verbs.flatMap((verb) => [
          ...verb.flags.filter((flag) => flag.denied === undefined).flatMap((
            flag,
          ) => [flag.name, flag.short ?? flag.name]),
          ...verb.operands.kind === "forms" ? verb.operands.forms.flatMap((form) => form.words) : [],
        ]),
      );
      for (const word of decision.command.argv.slice(1)) {
        assert.match(word, /^[\x20-\x7e]+$/);
        if (!/^[-+]/.test(word)) continue;
        const name = word.split("=")[0] ?? "";
        assert.ok(spellings.has(name) || (tool.pinning !== "none" && PINS.has(name)), `${word} in ${words.join(" ")}`);
      }
    }),
    RUNS,
  );
  assert.ok(allowed > 200, `only ${allowed} commands were allowed: the property says little`);
});

Deno.test("whatever words come in, an allowed kubectl never names a type that holds credentials", async () => {
  const sensitive = new Set(SENSITIVE_TYPES.flatMap((type) => type.names));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("get", "describe"), fc.array(token, { maxLength: 5 }), async (verb, rest) => {
      const decision = await decideLine(["kubectl", verb, ...rest], POLICY, testPorts);
      if (decision.kind === "denied") return;
      // Operands are printed first: all up to the first flag.
      const argv = decision.command.argv.slice(2);
      const end = argv.findIndex((word) => word.startsWith("-"));
      const operands = end === -1 ? argv : argv.slice(0, end);
      const typed = operands[0]?.includes("/") === true ? operands : operands.slice(0, 1);
      for (const operand of typed) {
        for (const type of (operand.split("/")[0] ?? "").split(",")) {
          assert.ok(!sensitive.has((type.split(".")[0] ?? "").toLowerCase()), rest.join(" "));
        }
      }
    }),
    RUNS,
  );
});

Deno.test("parsing what was printed gives the same command", () => {
  let parsed = 0;
  fc.assert(
    fc.property(line, (words) => {
      const command = parse(words);
      if (command === null) return;
      parsed++;
      const printed = printCommand(command);
      assert.deepEqual(parse(printed), command);
      assert.deepEqual(printCommand(parse(printed) ?? command), printed);
    }),
    RUNS,
  );
  assert.ok(parsed > 200, `only ${parsed} commands were parsed: the property says little`);
});

Deno.test("no message makes the policy throw, whatever its bytes and fields", async () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((text) => new TextEncoder().encode(text)),
    fc.record({
      id: fc.oneof(fc.constant("a"), fc.string({ unit: "binary" }), fc.integer()),
      type: fc.constantFrom("info", "diagnostic", "x", 1),
      tool: fc.oneof(fc.constantFrom(...BUILT_IN_TOOLS.map((tool) => tool.name)), fc.string({ unit: "binary" })),
      action: fc.oneof(token, fc.constant(null)),
      args: fc.oneof(fc.array(token), fc.constant(null), fc.string()),
      timeout: fc.oneof(fc.double(), fc.string(), fc.constant(null)),
      created_at: fc.oneof(fc.string(), fc.date({ noInvalidDate: true }).map((date) => date.toISOString())),
      env: fc.oneof(fc.dictionary(fc.string(), fc.string()), fc.constant(null)),
      namespace: fc.oneof(fc.constantFrom("", "shop"), fc.string(), fc.constant(null)),
      cluster_id: fc.oneof(fc.constant("prod"), fc.string()),
    }, { requiredKeys: [] }).map((fields) => new TextEncoder().encode(JSON.stringify(fields))),
  );
  await fc.assert(
    fc.asyncProperty(message, async (body) => {
      const decision = await decideCommand(
        { decoded: decodeCommand(body), receivedAtMs: NOW_MS, finding: null },
        POLICY,
        testPorts,
      );
      assert.equal(decision.layers.length, 5);
    }),
    RUNS,
  );
});

Deno.test("an address is judged alike in every spelling of it", async () => {
  const bytes = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(bytes, async ([a, b, c, d]) => {
      const number = ((a * 256 + b) * 256 + c) * 256 + d;
      const spellings = [
        `${a}.${b}.${c}.${d}`,
        String(number),
        `0x${number.toString(16)}`,
        `0${number.toString(8)}`,
        `0${a.toString(8)}.0x${b.toString(16)}.${c * 256 + d}`,
        `::ffff:${a}.${b}.${c}.${d}`,
        `64:ff9b::${a}.${b}.${c}.${d}`,
      ];
      const verdicts = await Promise.all(spellings.map(async (host) => {
        const decision = await decideMessage({ id: "a", type: "info", tool: "ping", action: host });
        return decision.kind === "denied" ? decision.code : "allowed";
      }));
      assert.equal(new Set(verdicts).size, 1, `${spellings[0]}: ${verdicts.join(" ")}`);
    }),
    {
      numRuns: 1000,
      examples: [[[169, 254, 169, 254]], [[127, 0, 0, 1]], [[0, 0, 0, 1]], [[10, 96, 0, 1]], [[255, 255, 255, 255]], [[
        0,
        0,
        0,
        0,
      ]]],
    },
  );
});
