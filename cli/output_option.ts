import { Option } from "@commander-js/extra-typings";
import type { DataForm } from "./output_form.ts";

export type OutputForm = "text" | DataForm;

/** `--output`, for subcommands whose result a program may want. */
export function createOutputOption() {
  return new Option("-o, --output <form>", "output format").choices(["text", "json", "yaml"] as const).default(
    "text" as const,
  );
}
