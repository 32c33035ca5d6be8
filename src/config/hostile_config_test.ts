import fc from "fast-check";
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatProblem } from "./config_problem.ts";
import { loadConfig, loadConfigContent } from "./load_config.ts";
import { parseYaml } from "./parse_yaml.ts";
import { decodeConfigBytes, LIMIT_CONFIG_BYTES } from "./read_config_file.ts";

const loadBytes = (bytes: Uint8Array) => loadConfigContent("c.yaml", decodeConfigBytes(bytes), { env: {} });

Deno.test("any bytes as a configuration give a result, with a place for each problem", () => {
  return fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
    const loaded = await loadBytes(bytes);
    if (loaded.kind === "ok") return;
    assert.ok(loaded.problems.length > 0);
    for (const problem of loaded.problems) assert.match(formatProblem(problem), /^c\.yaml:\d+:\d+: ./);
  }));
});

const SNIPPETS = [
  "nats:",
  " ",
  "\n",
  "- ",
  "? ",
  "&a ",
  "*a",
  "[",
  "]",
  "{",
  "}",
  "|",
  ">",
  "'",
  '"',
  "#",
  "!!str ",
  "<<: ",
  "a: ",
  "\t",
  "---\n",
  "central_endpoint: nats://a",
  "events",
  "\u2028",
  "5s",
];

Deno.test("any pieces of YAML as a configuration give a result", () => {
  const text = fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 40 }).map((parts) => parts.join(""));
  return fc.assert(fc.asyncProperty(text, async (yaml) => {
    assert.ok(["ok", "invalid"].includes((await loadBytes(new TextEncoder().encode(yaml))).kind));
  }));
});

Deno.test("any JSON value under any known key gives a result", () => {
  const keys = [
    "cluster_id",
    "central_endpoint",
    "nats",
    "events",
    "metrics",
    "commands",
    "cluster",
    "outbox",
    "state",
    "telemetry",
  ];
  const file = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 4 }));
  return fc.assert(fc.asyncProperty(file, async (value) => {
    assert.ok(["ok", "invalid"].includes((await loadBytes(new TextEncoder().encode(JSON.stringify(value)))).kind));
  }));
});

const HOSTILE = [
  { name: "brackets without end", text: "[".repeat(20_000), want: /nested too deeply/ },
  { name: "an alias bomb", text: aliasBomb(), want: /alias too many/ },
  { name: "a hundred thousand keys twice", text: "a: 1\n".repeat(20_000), want: /is a duplicate key/ },
  { name: "documents without end", text: "---\n".repeat(100_000), want: /second document/ },
  {
    name: "nesting beyond the limit",
    text: Array.from({ length: 40 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n") + " 1",
    want: /nested too deeply/,
  },
];

for (const { name, text, want } of HOSTILE) {
  Deno.test(`parseYaml() refuses ${name}`, () => {
    const parsed = parseYaml(text);
    assert.ok(parsed.kind === "invalid");
    assert.match(parsed.faults[0]?.message ?? "", want);
  });
}

function aliasBomb(): string {
  const line = (key: string, of: string) => `${key}: &${key} [${Array(9).fill(of).join(",")}]`;
  const letters = [..."abcdefghij"];
  return letters.map((letter, index) => line(letter, index === 0 ? "x" : `*${letters[index - 1]}`)).join("\n");
}

Deno.test("bytes that are no UTF-8 are refused with their place", () => {
  const bytes = new Uint8Array([...new TextEncoder().encode("a: 1\nb: ä"), 0xff, 0x41]);
  assert.deepEqual(decodeConfigBytes(bytes), {
    kind: "unreadable",
    line: 2,
    column: 5,
    message: "is not UTF-8 text from here on",
  });
});

Deno.test("a byte order mark is dropped", () => {
  assert.deepEqual(decodeConfigBytes(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), { kind: "ok", text: "a" });
});

Deno.test("a file beyond the limit, a folder and a missing file are problems of that file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "agent-config-"));
  try {
    const large = join(folder, "large.yaml");
    await writeFile(large, "#".repeat(LIMIT_CONFIG_BYTES + 1));
    const messages = [];
    for (const path of [large, folder, join(folder, "none.yaml"), "/dev/zero"]) {
      const loaded = await loadConfig({ path, env: {} });
      assert.ok(loaded.kind === "invalid");
      messages.push(loaded.problems.map(({ message }) => message).join());
    }
    assert.match(messages[0] ?? "", /larger than 512 KiB/);
    assert.match(messages[1] ?? "", /is a folder/);
    assert.match(messages[2] ?? "", /no such file/);
    assert.match(messages[3] ?? "", /larger than 512 KiB/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
