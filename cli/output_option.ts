import { Option } from "@commander-js/extra-typings";
import type { OutputStream } from "./cli_context.ts";
import type { DataForm } from "./output_form.ts";

export type OutputForm = "text" | DataForm;
/** `wide`: text that is not cut to the terminal. */
export type TableForm = "wide" | OutputForm;

/** `--output`, for subcommands whose result a program may want. */
export function createOutputOption() {
  return new Option("-o, --output <form>", "output format").choices(["text", "json", "yaml"] as const).default(
    "text" as const,
  );
}

const WIDE = "output format; wide does not cut lines to the terminal";

/** The same, where the text is a table or long lines. */
export function createTableOutputOption() {
  return new Option("-o, --output <form>", WIDE).choices(["text", "wide", "json", "yaml"] as const).default(
    "text" as const,
  );
}

/** The same, where programs may want a line of JSON for each row. */
export function createRowsOutputOption() {
  return new Option("-o, --output <form>", `${WIDE}, ndjson is a line of JSON for each`).choices(
    ["text", "wide", "json", "yaml", "ndjson"] as const,
  ).default("text" as const);
}

/** Columns that lines on this stream must fit; `null`: they are as long as they are. */
export function columnsOf(stream: OutputStream, output: string): number | null {
  return stream.isTTY === true && output === "text" ? stream.columns ?? 80 : null;
}
