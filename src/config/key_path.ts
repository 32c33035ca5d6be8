/** The way to a value: keys of mappings and indexes of lists. */
export type KeyPath = readonly (string | number)[];

/** Writes a path as people do: `events.rules[2].id`. Keys that are no plain names stand in quotes. */
export function formatKeyPath(path: KeyPath): string {
  return path.map((step, index) => {
    if (typeof step === "number") return `[${step}]`;
    const name = /^[A-Za-z0-9_-]{1,64}$/.test(step) ? step : JSON.stringify(step.slice(0, 64));
    return index === 0 ? name : `.${name}`;
  }).join("");
}

/** The value at `path` in plain data, or undefined. */
export function valueAt(data: unknown, path: KeyPath): unknown {
  let value = data;
  for (const step of path) {
    if (Array.isArray(value) && typeof step === "number") value = value[step];
    else if (isRecord(value) && Object.hasOwn(value, step)) value = value[step];
    else return undefined;
  }
  return value;
}

/** Whether `value` is a mapping, and so neither null nor a list. */
export function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
