import { stringify } from "yaml";
import { jsonLine } from "./printable.ts";

/** A form that programs read: a line of JSON, or a YAML document of its own. */
export type DataForm = "json" | "yaml";

/** Readers of YAML 1.1, among them most there are, take `no`, `1e5` and a bare time for no text: those are quoted. */
const YAML_OPTIONS = { lineWidth: 0, aliasDuplicateObjects: false, compat: "yaml-1.1" } as const;

/** A value in that form, newline included; nothing in JSON steers a terminal, and of YAML the terminal's guard takes it. */
export function formatData(form: DataForm, value: unknown): string {
  return form === "json" ? jsonLine(value) : `---\n${stringify(value, YAML_OPTIONS)}`;
}
