import type { JsonValue } from "../../redaction/redact_value.ts";

/** A value, or `undefined` for what Go calls an invalid one: the body of a range over nothing is run on it. */
export type FoundValue = JsonValue | undefined;
