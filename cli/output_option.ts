import { Option } from "@commander-js/extra-typings";

/** `--output text|json`, for subcommands whose result a program may want. */
export function createOutputOption() {
  return new Option("-o, --output <form>", "form of the result").choices(["text", "json"] as const).default(
    "text" as const,
  );
}
