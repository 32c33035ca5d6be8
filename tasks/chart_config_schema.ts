import { configJsonSchema } from "../src/config/config_json_schema.ts";
import { configSchema } from "../src/config/config_schema.ts";
import { allFields, readSchemaTree } from "../src/config/schema_tree.ts";

/** What the chart's values.schema.json says of `config`, beside its description. */
const NOT_FOR_THE_CHART = new Set(["$schema", "title", "required", "default"]);

/**
 * The schema of the configuration as helm can use it for the value `config`: nothing is required, since the chart writes
 * the rest, and patterns are in the grammar of Go, whose regular expressions look neither ahead nor behind. Where a
 * refused value may be a secret there is no pattern: helm prints the value beside it.
 */
export function chartConfigSchema(description: string): { description: string } & Record<string, unknown> {
  const hidden = new Set(
    allFields(readSchemaTree(configSchema)).filter(({ info }) => info.hideWhenRefused).map(({ path }) =>
      path.join(".")
    ),
  );
  const { type: _, ...schema } = Object.fromEntries(
    Object.entries(configJsonSchema()).filter(([key]) => !NOT_FOR_THE_CHART.has(key)),
  );
  const inner = convert(schema, [], hidden);
  return { description, type: ["object", "null"], ...(typeof inner === "object" ? inner : {}) };
}

/** `path`: the keys of the configuration down to this part of the schema. */
function convert(schema: unknown, path: readonly string[], hidden: ReadonlySet<string>): unknown {
  if (Array.isArray(schema)) return schema.map((part) => convert(part, path, hidden));
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
      if (key === "default") return [];
      if (key === "properties") return [[key, convertEach(value, path, hidden)]];
      if (key !== "pattern" || typeof value !== "string") return [[key, convert(value, path, hidden)]];
      const pattern = hidden.has(path.join(".")) ? null : toGoPattern(value);
      return pattern === null ? [] : [[key, pattern]];
    }),
  );
}

function convertEach(properties: unknown, path: readonly string[], hidden: ReadonlySet<string>): unknown {
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([name, inner]) => [name, convert(inner, [...path, name], hidden)]),
  );
}

/** What Go repeats at most, nested repeats multiplied. */
const GO_REPEATS = 1_000;

/** The pattern for Go, looser where it counts further than Go does; `null` where it looks around. */
export function toGoPattern(pattern: string): string | null {
  if (/\(\?(?:[=!]|<[=!])/.test(pattern)) return null;
  return pattern
    .replaceAll(/\(([^()]*)\)\{([01]),(\d+)\}/g, (whole, inner: string, least: string, most: string) => {
      const counts = [...inner.matchAll(/\{(?:\d+,)?(\d+)\}/g)].map(([, count]) => Number(count));
      return Math.max(1, ...counts) * Number(most) <= GO_REPEATS ? whole : `(${inner})${least === "0" ? "*" : "+"}`;
    })
    .replaceAll(
      /\{([01]),(\d+)\}/g,
      (whole, least: string, most: string) => Number(most) <= GO_REPEATS ? whole : least === "0" ? "*" : "+",
    );
}
