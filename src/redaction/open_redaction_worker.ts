import { Worker } from "node:worker_threads";

/**
 * Starts a thread that redacts (`redaction_worker.ts`). In the bundle another file stands in this one's place: it holds the
 * worker's code as a text, because an executable has no files to start a thread from.
 */
export function openRedactionWorker(): Worker {
  return new Worker(new URL("./redaction_worker.ts", import.meta.url));
}
