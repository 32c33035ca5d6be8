/** Where a value comes from. Lines and columns count from 1; columns count UTF-16 units. */
export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "flag"; readonly flag: string }
  /** A context of the `nats` program, for the subcommands that people use. */
  | { readonly kind: "nats_context"; readonly file: string };

/** The origin in a word or two: `config.yaml:3:18`, `environment variable BUFFER_SIZE`, `option --nats`, `default`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.kind) {
    case "default":
      return "default";
    case "file":
      return `${origin.file}:${origin.line}:${origin.column}`;
    case "environment":
      return `environment variable ${origin.variable}`;
    case "flag":
      return `option ${origin.flag}`;
    case "nats_context":
      return `NATS context ${origin.file}`;
  }
}

/** A value that takes the place of what a weaker source says. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly origin: Origin;
}
