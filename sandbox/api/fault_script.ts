/** What can go wrong with one request; each happens once and in the order in which it was asked for. */
export type Fault =
  /** Answers with a status, and a Retry-After where given. */
  | {
    readonly kind: "status";
    readonly status: number;
    readonly reason?: string;
    readonly message?: string;
    readonly retryAfterSeconds?: number;
  }
  /** Takes the request and never answers. */
  | { readonly kind: "hang" }
  /** A list that stops in the middle of its answer: silent for ever, or with its connection broken. */
  | { readonly kind: "stopMidway"; readonly then: "silence" | "cut" }
  /** A watch that answers 200 and closes at once, without a message. */
  | { readonly kind: "silentClose" }
  /** A watch that closes cleanly after `messages` messages. */
  | { readonly kind: "closeAfter"; readonly messages: number }
  /** A watch that breaks the connection in the middle of message number `messages` + 1. */
  | { readonly kind: "cutMidLine"; readonly messages: number }
  /** A watch that sends an ERROR event with this code, and closes. */
  | { readonly kind: "errorEvent"; readonly code: number; readonly message?: string }
  /** A watch that sends these bytes as they are, and then goes on. */
  | { readonly kind: "garbage"; readonly bytes: Uint8Array }
  /** A watch that is open and silent for ever, no bookmark either. */
  | { readonly kind: "silence" }
  /** A watch that sends one byte at a time. */
  | { readonly kind: "drip" }
  /** A list whose continue token has expired; with `inconsistent` the server offers to go on. */
  | { readonly kind: "expiredToken"; readonly inconsistent: boolean };

export type FaultVerb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";

interface PlannedFault {
  readonly verb: FaultVerb;
  readonly resource: string;
  readonly fault: Fault;
  left: number;
}

export interface FaultScript {
  /** The next `times` requests of `verb` on `resource` (`pods`, `pods.metrics.k8s.io`, `version`) get `fault`. */
  plan(verb: FaultVerb, resource: string, fault: Fault, times?: number): void;
  /** Takes the fault for a request, if one is planned. */
  take(verb: FaultVerb, resource: string, match?: (fault: Fault) => boolean): Fault | null;
  clear(): void;
}

export function createFaultScript(): FaultScript {
  let planned: PlannedFault[] = [];
  return {
    plan(verb, resource, fault, times = 1) {
      planned.push({ verb, resource, fault, left: times });
    },
    take(verb, resource, match = () => true) {
      const found = planned.find((plan) => plan.verb === verb && plan.resource === resource && match(plan.fault));
      if (found === undefined) return null;
      found.left--;
      if (found.left <= 0) planned = planned.filter((plan) => plan !== found);
      return found.fault;
    },
    clear() {
      planned = [];
    },
  };
}
