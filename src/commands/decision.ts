import type { ApprovedCommand } from "./approved_command.ts";
import type { Layer } from "./layer.ts";
import type { RefusalCode } from "./refusal_code.ts";

/** What one layer said. Layers after a refusal are `not reached`. */
export interface LayerVerdict {
  readonly layer: Layer;
  readonly verdict: "passed" | "refused" | "not reached";
  readonly code?: RefusalCode;
}

/** The policy's answer to one command. Only `allowed` carries something that can be run. */
export type Decision =
  | { readonly kind: "allowed"; readonly command: ApprovedCommand; readonly layers: readonly LayerVerdict[] }
  | {
    readonly kind: "denied";
    readonly layer: Layer;
    readonly code: RefusalCode;
    /** A sentence with the remedy, fit for the person who sent the command. */
    readonly reason: string;
    readonly layers: readonly LayerVerdict[];
  };
