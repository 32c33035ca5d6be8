import type { ApprovedCommand } from "./approved_command.ts";
import { type Layer, LAYERS } from "../wire/refusal_layer.ts";
import { type RefusalCode, REFUSALS } from "../wire/refusal_code.ts";

/** What one layer said. Layers after a refusal are `not reached`. */
interface LayerVerdict {
  readonly layer: Layer;
  readonly verdict: "passed" | "refused" | "not reached";
  readonly code?: RefusalCode;
}

/** Why a command is refused. The code decides the layer. */
export interface CommandRefusal {
  readonly code: RefusalCode;
  /** A sentence with the remedy, fit for the person who sent the command. */
  readonly reason: string;
}

/** A command that was not let through. */
export interface DeniedDecision extends CommandRefusal {
  readonly kind: "denied";
  readonly layer: Layer;
  readonly layers: readonly LayerVerdict[];
}

/** A command that was let through: the only thing that carries something to run. */
export interface AllowedDecision {
  readonly kind: "allowed";
  readonly command: ApprovedCommand;
  readonly layers: readonly LayerVerdict[];
}

/** The policy's answer to one command. */
export type Decision = AllowedDecision | DeniedDecision;

/** The object that `agent check-command` prints. */
export interface DecisionReport {
  readonly verdict: "allowed" | "refused";
  readonly layer: Layer | null;
  readonly code: RefusalCode | null;
  readonly reason: string | null;
  readonly argv: readonly string[] | null;
  /** What runs in the place of `argv` where the agent prints the answer itself; absent otherwise. */
  readonly runs?: readonly string[];
  readonly layers: readonly LayerVerdict[];
}

/** Refuses with one code: earlier layers passed, later ones were not reached. */
export function denyCommand(refusal: CommandRefusal): DeniedDecision {
  const layer = REFUSALS[refusal.code].layer;
  const at = LAYERS.indexOf(layer);
  const layers = LAYERS.map((name, index): LayerVerdict => {
    if (index < at) return { layer: name, verdict: "passed" };
    if (index > at) return { layer: name, verdict: "not reached" };
    return { layer: name, verdict: "refused", code: refusal.code };
  });
  return { kind: "denied", layer, code: refusal.code, reason: refusal.reason, layers };
}

/** Lets a command through: every layer passed. */
export function allowCommand(command: ApprovedCommand): AllowedDecision {
  return { kind: "allowed", command, layers: LAYERS.map((layer) => ({ layer, verdict: "passed" })) };
}

/** The decision as people and programs are shown it. */
export function reportDecision(decision: Decision): DecisionReport {
  if (decision.kind === "denied") {
    const { layer, code, reason, layers } = decision;
    return { verdict: "refused", layer, code, reason, argv: null, layers };
  }
  const { command, layers } = decision;
  const runs = command.print === undefined ? {} : { runs: command.print.argv };
  return { verdict: "allowed", layer: null, code: null, reason: null, argv: command.argv, ...runs, layers };
}
