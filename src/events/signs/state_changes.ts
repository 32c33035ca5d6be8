import { findSigns } from "./find_signs.ts";
import type { SignLevel } from "./sign.ts";
import { reasonWords } from "./to_words.ts";

/** What a state or a condition means: `neither` as `Progressing` does, or how bad it is as of signs. */
type Meaning = "better" | "neither" | SignLevel;

/** A change of a condition or a state that a message tells. */
export interface StateChange {
  readonly id: "unknown.condition" | "unknown.state";
  readonly meaning: Meaning;
}

/** What told changes leave of a message, and the changes. */
interface ReadStates {
  readonly changes: readonly StateChange[];
  readonly rest: string;
}

/** One of these is in every message that tells a change; most have none and are not looked at further. */
const HINT =
  /->|→|=>|is now|changed|transitioned|flipped|switched|moved|went|set to|(?:condition|status|state|phase|result|health)[:=]|=(?:True|False|Unknown)|from .{1,40}? to /;

const VALUE = `["']?(True|False|Unknown|true|false|unknown)\\b["']?`;
/** What only rewords a condition: openshift/library-go pkg/operator/v1helpers: `Degraded message changed from "a" to "b"`. */
const REWORDED = /\b[A-Z]\w{1,80} (?:message|reason) changed from "[^"]*" to "[^"]*"/g;
const CONDITION_CHANGED = new RegExp(
  `["']?\\b([A-Z]\\w{1,80})["']?(?: condition| status)? (?:has |was |is )?(?:changed|transitioned|flipped|switched|moved|went|set)(?: from ${VALUE})? to ${VALUE}`,
  "g",
);
const CONDITION_IS = new RegExp(
  `["']?\\b([A-Z]\\w{1,80})["']?(?: status)?(?: is now:? ?|=| became | is now set to )${VALUE}`,
  "g",
);
/** node-problem-detector pkg/util/helpers.go: GenerateConditionChangeEvent. */
const NODE_CONDITION = /\bNode condition ([A-Z]\w{1,80}) is now:? (True|False|Unknown)\b/g;
/** awslabs/operatorpkg status: `Status condition transitioned, Type: Ready, Status: True -> False`. */
const TYPED = /\bType: ([A-Z]\w{1,80}), Status: (True|False|Unknown) -> (True|False|Unknown)\b/g;
/** kubernetes pkg/kubelet/kubelet_node_status.go: `Node n status is now: NodeHasDiskPressure`. */
const STATUS_IS = /\b(?:status|state|phase|health) is now:? ["']?([A-Za-z]\w{1,80})\b["']?/g;
/** kubernetes pkg/controller/cronjob: `Saw completed job: a-1, condition: Failed`. */
const ENDED_AS = /\b(?:condition|status|state|phase|result|health)[:=] ?["']?([A-Z]\w{1,60})\b["']?/g;
const ARROW = /["']?\b([A-Za-z]\w{0,60})["']? ?(?:->|→|=>) ?["']?([A-Za-z]\w{0,60})\b["']?/g;
const FROM_TO =
  /\b(?:changed|transitioned|moved|went|switched|goes|turned|health|status|state|phase)\b[^"'\n]{0,60}? from ["']?([A-Za-z]\w{0,60})["']? to ["']?([A-Za-z]\w{0,60})\b["']?/g;

/** Conditions that are good when they are true, beside those whose words are good signs; what else is true is no news. */
const GOOD_CONDITIONS =
  /(?:Ready|Available|Healthy|Succeeded|Initialized|Accepted|Programmed|Established|Reachable|Connected|Synced|Valid|Online|Reconciled|Resolved)$/;
const BAD_CONDITIONS =
  /(?:Pressure|Problem|Degraded|Failing|Failed|Failure|Error|Unavailable|Unreachable|Unhealthy|Deadlock|Down|Stalled|ReadonlyFilesystem|Corrupt\w*|Lost|Exhausted|Full|Expired)$/;
const AVAILABLE = /Available$/;
/** States that mean something else than the words for them say, or that no word sign has. */
const STATES: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ["red", 3],
  ["yellow", 2],
  ["green", "better"],
  ["missing", 2],
  ["error", 2],
  ["failed", 2],
  ["unhealthy", 3],
  ["unknown", 1],
  ["terminating", "neither"],
  ["progressing", "neither"],
  ["nodehassufficientmemory", "better"],
  ["nodehassufficientpid", "better"],
  ["nodehasnodiskpressure", "better"],
]);

/** The changes of state that a message tells; the text without them, so that no word of them counts twice. Linear. */
export function readStates(message: string): ReadStates {
  if (!HINT.test(message)) return { changes: [], rest: message };
  const changes: StateChange[] = [];
  const condition = (name: string, value: string) =>
    changes.push({ id: "unknown.condition", meaning: meaningOfCondition(name, value.toLowerCase()) });
  const state = (name: string) => changes.push({ id: "unknown.state", meaning: meaningOfState(name) });
  // node-problem-detector has conditions for problems alone, whatever they are called.
  const nodeCondition = (name: string, value: string) =>
    value === "True" && !GOOD_CONDITIONS.test(name)
      ? changes.push({ id: "unknown.condition", meaning: atLeastMedium(name) })
      : condition(name, value);
  const rest = message
    .replace(REWORDED, " ")
    .replace(NODE_CONDITION, (_all, name: string, value: string) => (nodeCondition(name, value), " "))
    .replace(TYPED, (_all, name: string, from: string, to: string) => (from !== "Unknown" && condition(name, to), " "))
    .replace(CONDITION_CHANGED, (_all, name: string, _from: unknown, to: string) => (condition(name, to), " "))
    .replace(CONDITION_IS, (_all, name: string, value: string) => (condition(name, value), " "))
    .replace(STATUS_IS, (_all, name: string) => (state(name), " "))
    .replace(ARROW, (_all, _from: string, to: string) => (state(to), " "))
    .replace(FROM_TO, (_all, _from: string, to: string) => (state(to), " "))
    .replace(ENDED_AS, (_all, name: string) => (state(name), " "));
  return { changes, rest };
}

function meaningOfCondition(name: string, value: string): Meaning {
  if (GOOD_CONDITIONS.test(name)) {
    return value === "true" ? "better" : value === "false" && AVAILABLE.test(name) ? 3 : 2;
  }
  if (!BAD_CONDITIONS.test(name)) return "neither";
  return value === "false" ? "better" : value === "unknown" ? 1 : atLeastMedium(name);
}

function atLeastMedium(name: string): SignLevel {
  const meaning = meaningOfState(name);
  return meaning === 3 ? 3 : 2;
}

function meaningOfState(name: string): Meaning {
  const known = STATES.get(name.toLowerCase());
  if (known !== undefined) return known;
  let meaning: Meaning = "neither";
  for (const { sign } of findSigns(reasonWords(name), "reason")) {
    if (sign.tone !== "bad") meaning = meaning === "neither" && sign.tone !== "mild" ? "better" : meaning;
    else if (typeof meaning !== "number" || sign.level > meaning) meaning = sign.level;
  }
  return meaning;
}
