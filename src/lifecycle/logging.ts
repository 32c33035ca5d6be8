import { configure, getLogger, type Logger, type LogRecord, type Sink } from "@logtape/logtape";
import { inspect } from "node:util";

/** The levels of the configuration; LogTape spells one of them differently. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "fatal"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggingOptions {
  readonly level: LogLevel;
  /** `json` for machines, `text` for a terminal. */
  readonly format: "json" | "text";
  /** Takes one line, newline included. */
  readonly write: (line: string) => void;
  /** The cluster id once it is known, "" before. */
  readonly clusterId: () => string;
}

/**
 * The logger of one component ("watch", "bus"). Libraries call only this; `configureLogging` is for the program's edge.
 * Call it as `log.info("Constant message", { field })`: fields are values, never whole objects, never secrets.
 */
export function createLogger(component: string): Logger {
  return getLogger(["agent", component]);
}

/** Sets up logging for the whole process. A second call replaces the first. */
export async function configureLogging(options: LoggingOptions): Promise<void> {
  const format = options.format === "json" ? formatJson : formatText;
  const sink: Sink = (record) => options.write(format(record, options.clusterId()));
  await configure({
    reset: true,
    sinks: { out: sink },
    loggers: [
      { category: ["agent"], lowestLevel: options.level === "warn" ? "warning" : options.level, sinks: ["out"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["out"] },
    ],
  });
}

const levelName = (record: LogRecord) => (record.level === "warning" ? "warn" : record.level);
const messageOf = (record: LogRecord) =>
  record.message.map((part) => typeof part === "string" ? part : inspect(part)).join("");

function formatJson(record: LogRecord, clusterId: string): string {
  return JSON.stringify({
    timestamp: new Date(record.timestamp).toISOString(),
    level: levelName(record),
    component: record.category.slice(1).join("."),
    cluster_id: clusterId,
    message: messageOf(record),
    ...(Object.keys(record.properties).length > 0 ? { fields: record.properties } : {}),
  }) + "\n";
}

function formatText(record: LogRecord): string {
  const fields = Object.entries(record.properties)
    .map(([key, value]) =>
      ` ${key}=${typeof value === "string" ? JSON.stringify(value) : inspect(value, { breakLength: Infinity })}`
    );
  const time = new Date(record.timestamp).toISOString().slice(11, 23);
  return `${time} ${levelName(record).toUpperCase().padEnd(5)} ${record.category.slice(1).join(".")}: ${
    messageOf(record)
  }${fields.join("")}\n`;
}
