import assert from "node:assert/strict";
import { configureLogging, createLogger, type LoggingOptions } from "./logging.ts";

type Log = (logger: ReturnType<typeof createLogger>) => void;

/** What `log` makes come out. The process has one configuration; the last call of each test turns it off again. */
async function written(options: Partial<LoggingOptions>, log: Log): Promise<readonly string[]> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  await configureLogging({ level: "debug", format: "json", write, clusterId: () => "prod", ...options });
  log(createLogger("watch"));
  await configureLogging({ level: "fatal", format: "json", write: () => {}, clusterId: () => "" });
  return lines;
}

const everyLevel: Log = (logger) => {
  logger.debug("debug");
  logger.info("info");
  logger.warn("warn");
  logger.error("error");
  logger.fatal("fatal");
};

const LEVELS: readonly { readonly given: LoggingOptions["level"]; readonly want: readonly string[] }[] = [
  { given: "debug", want: ["debug", "info", "warn", "error", "fatal"] },
  { given: "info", want: ["info", "warn", "error", "fatal"] },
  { given: "warn", want: ["warn", "error", "fatal"] },
  { given: "error", want: ["error", "fatal"] },
  { given: "fatal", want: ["fatal"] },
];

for (const { given, want } of LEVELS) {
  Deno.test(`logging: the level ${given} lets ${want.length} levels through, under their own names`, async () => {
    const lines = await written({ level: given }, everyLevel);
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), want);
  });
}

Deno.test("logging: a JSON line carries time, component, cluster, message and fields", async () => {
  const [line] = await written({}, (logger) => logger.info("Watching events", { path: "/api/v1/events", pending: 2 }));
  assert.ok(line !== undefined && line.endsWith("}\n"));
  const { timestamp, ...rest } = JSON.parse(line);
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(rest, {
    level: "info",
    component: "watch",
    cluster_id: "prod",
    message: "Watching events",
    fields: { path: "/api/v1/events", pending: 2 },
  });
});

Deno.test("logging: a message without fields has none in its line", async () => {
  const [line] = await written({}, (logger) => logger.info("Plain"));
  assert.equal("fields" in JSON.parse(line ?? ""), false);
});

Deno.test("logging: the cluster is asked for at each line", async () => {
  let cluster = "";
  const lines = await written({ clusterId: () => cluster }, (logger) => {
    logger.info("before");
    cluster = "prod";
    logger.info("after");
  });
  assert.deepEqual(lines.map((line) => JSON.parse(line).cluster_id), ["", "prod"]);
});

Deno.test("logging: hostile text in a field stays inside one JSON line", async () => {
  const hostile = 'x"}\n{"level":"fatal","message":"forged"}\u2028\x1b[31m';
  const lines = await written({}, (logger) => logger.info("Seen", { hostile }));
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.split("\n").length, 2);
  assert.equal(JSON.parse(lines[0] ?? "").fields.hostile, hostile);
});

Deno.test("logging: hostile text in a field stays inside one text line", async () => {
  const hostile = "x\nforged line\x1b[31m";
  const [line] = await written({ format: "text" }, (logger) => logger.warn("Seen", { hostile, list: ["a\nb"] }));
  assert.equal(line?.split("\n").length, 2);
  assert.ok(!line?.includes("\x1b"));
});

Deno.test("logging: a text line is time, level, component, message and fields", async () => {
  const [line] = await written({ format: "text" }, (logger) => logger.warn("Slow", { waitMs: 10, path: "/a" }));
  assert.match(line ?? "", /^\d\d:\d\d:\d\d\.\d{3} WARN {2}watch: Slow waitMs=10 path="\/a"\n$/);
});
