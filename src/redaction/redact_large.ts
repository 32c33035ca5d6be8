import type { Worker } from "node:worker_threads";
import { redactText } from "./redact_text.ts";
import type { RedactedText } from "./redaction.ts";
import type { RedactionJob } from "./redaction_worker.ts";
import { BUILT_IN_REDACTOR, type Redactor } from "./redactor.ts";

/** Up to here a thread costs more than it spares: in characters, some 20 ms of work. */
const INLINE_LENGTH = 64 * 1024;
/** Far longer than the largest output takes on a quarter of a core; from the thread's start. */
const DEADLINE_MS = 5_000;

interface RedactLargeOptions {
  readonly redactor?: Redactor;
  readonly deadlineMs?: number;
}

/** The end of the last job. One thread at a time: each takes some 20 MB. */
let lastJob: Promise<unknown> = Promise.resolve();

/**
 * What `redactText` does, for a text of any length: a long one is redacted in a thread, which is started for it and ended
 * after it, so that the event loop goes on. What is not ready within the deadline is withheld whole, and says so; the
 * counts then have `withheld`. So is what is not ready when the signal fires. Never rejects.
 */
export async function redactLarge(
  text: string,
  cut: boolean,
  signal: AbortSignal,
  options: RedactLargeOptions = {},
): Promise<RedactedText> {
  const { redactor = BUILT_IN_REDACTOR, deadlineMs = DEADLINE_MS } = options;
  if (text.length <= INLINE_LENGTH) return redactText(text, { cut, redactor });
  const job = lastJob.then(() => runJob({ text, cut, spec: redactor.spec }, deadlineMs, signal));
  lastJob = job;
  return await job;
}

async function runJob(job: RedactionJob, deadlineMs: number, signal: AbortSignal): Promise<RedactedText> {
  if (signal.aborted) return withheld("did not finish in time");
  // Loaded only where it is needed.
  const { openRedactionWorker } = await import("./open_redaction_worker.ts");
  let worker: Worker;
  try {
    worker = openRedactionWorker();
  } catch {
    return withheld("failed");
  }
  try {
    return await answerOf(worker, job, deadlineMs, signal);
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker, job: RedactionJob, deadlineMs: number, signal: AbortSignal): Promise<RedactedText> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(() => resolve(withheld("did not finish in time"))), deadlineMs);
    const onAbort = () => settle(() => resolve(withheld("did not finish in time")));
    signal.addEventListener("abort", onAbort, { once: true });
    worker.once("message", (answer: RedactedText) => settle(() => resolve(answer)));
    worker.once("error", () => settle(() => resolve(withheld("failed"))));
    worker.once("exit", () => settle(() => resolve(withheld("failed"))));
    worker.postMessage(job);

    function settle(end: () => void): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      end();
    }
  });
}

/** Not a word of what may hold secrets. */
function withheld(reason: "did not finish in time" | "failed"): RedactedText {
  return { text: `[output withheld: redaction ${reason}]`, counts: { withheld: 1 } };
}
