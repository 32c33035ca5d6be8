import { configSchema } from "../src/config/config_schema.ts";
import { ENVIRONMENT } from "../src/config/environment.ts";
import { formatKeyPath } from "../src/config/key_path.ts";
import { DEFAULT_CONFIG_PATH } from "../src/config/load_config.ts";
import { LIMIT_CONFIG_BYTES } from "../src/config/read_config_file.ts";
import { type Field, readSchemaTree, type Section } from "../src/config/schema_tree.ts";
import { markdownTable } from "./markdown_table.ts";

const INTRODUCTION = `# Configuration

<!-- Written by \`deno task docs:config\` from src/config/. Change the schema, not this page. -->

The agent reads YAML from \`${DEFAULT_CONFIG_PATH}\`, or from the file that \`--config\` names. A file that
\`--config\` names must exist; the default one may be missing. Command-line options win over environment variables, these over
the file, and the file over the defaults.

\`\`\`sh
agent validate-config config.yaml              # every problem at once, with line and column
agent validate-config config.yaml --effective  # the merged result, each value with its origin
agent validate-config config.yaml --connect    # also try NATS, the API server and every permission
agent validate-config --schema                 # the JSON Schema, for editors
\`\`\`

- Unknown keys are errors. An empty section or list counts as absent; any other key without a value is an error.
- A duration is a Go duration string (\`1m30s\`, \`500ms\`) or a number of seconds.
- An empty environment variable counts as absent. One that can't be parsed is an error that names it.
- A way to authenticate that an option or variable sets replaces the one in the file.
- A file has at most ${
  LIMIT_CONFIG_BYTES / 1024
} KiB, one document, no duplicate keys, no merge keys (\`<<\`) and at most 100 aliases.
- If the configuration has problems, the program exits with code 78.
`;

/** docs/configuration.md: every key with default, limits and environment variable, from the schema alone. */
export function renderConfigDocs(): string {
  const root = readSchemaTree(configSchema);
  const parts = [INTRODUCTION, "## Top level\n", renderFields(root.fields)];
  for (const section of root.sections) parts.push(...renderSection(section));
  parts.push("## Environment variables\n", renderEnvironment());
  return parts.join("\n");
}

function renderSection(section: Section): string[] {
  const depth = "#".repeat(section.path.length + 1);
  return [
    `${depth} \`${formatKeyPath(section.path)}\`\n`,
    `${section.description}\n`,
    ...(section.fields.length > 0 ? [renderFields(section.fields)] : []),
    ...section.sections.flatMap(renderSection),
  ];
}

function renderFields(fields: readonly Field[]): string {
  return markdownTable(
    ["key", "default", "allowed", "what it does"],
    fields.map((field) => [
      `\`${formatKeyPath(field.path)}\``,
      renderDefault(field),
      field.info.allowed,
      field.description,
    ]),
  );
}

function renderDefault({ default: value, required }: Field): string {
  if (required) return "required";
  return value === undefined ? "unset" : `\`${JSON.stringify(value)}\``;
}

function renderEnvironment(): string {
  return markdownTable(
    ["variable", "key"],
    ENVIRONMENT.map(({ variable, path }) => [`\`${variable}\``, `\`${formatKeyPath(path)}\``]),
  );
}
