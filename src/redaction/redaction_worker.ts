import { parentPort } from "node:worker_threads";
import { redactText } from "./redact_text.ts";
import { createRedactor, type RedactorSpec } from "./redactor.ts";
import type { RedactedText } from "./redaction.ts";

/** What `redactLarge` sends; the answer is a `RedactedText`. */
export interface RedactionJob {
  readonly text: string;
  readonly cut: boolean;
  readonly spec: RedactorSpec;
}

const port = parentPort;
port?.on("message", ({ text, cut, spec }: RedactionJob) => {
  const answer: RedactedText = redactText(text, { cut, redactor: createRedactor(spec) });
  port.postMessage(answer);
});
