/** Fields that make the chain, and the format's version: they prove nothing where lines are shortened for people. */
const OF_THE_CHAIN = new Set(["audit", "prev", "hash", "argv_sha256", "time", "event"]);

/**
 * Lines of the audit log as the log's own lines on a terminal: `06:35:02.123 AUDIT commands: ended id="a" exit_code=0`.
 * What is empty is left out. A line that is none of the audit log stays as it is.
 */
export function formatAuditText(lines: string): string {
  return lines.replace(/^.+$/gm, (line) => {
    const record = parseRecord(line);
    if (record === null) return line;
    const fields = Object.entries(record)
      .filter(([key, value]) => !OF_THE_CHAIN.has(key) && !isEmpty(value))
      .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
    return `${String(record.time).slice(11, 23)} AUDIT commands: ${String(record.event)}${fields.join("")}`;
  });
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || value === false ||
    (typeof value === "object" && Object.keys(value).length === 0);
}

function parseRecord(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null && "audit" in record ? { ...record } : null;
  } catch {
    return null;
  }
}
