/** The rule that an event must meet, or `quiet`: it is no fault, by a rule or without one. */
export type ExpectedRule = string;

/** Events that one component writes about one kind of object, each with what must become of it. */
export interface ComponentEvents {
  readonly component: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** The namespace of the object; `shop` unless set. */
  readonly namespace?: string;
  readonly events: readonly (readonly [
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    expected: ExpectedRule,
    /** How long the event has gone on; left out, it tells no times. */
    seconds?: number,
  ])[];
}
