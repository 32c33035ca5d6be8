import type { Clock } from "../lifecycle/clock.ts";
import type { ObserverOptions } from "./pod_observer.ts";

interface WatchCertificateOptions extends ObserverOptions {
  readonly clock: Clock;
  /** The base URL of the API server, without credentials. */
  readonly server: string;
  /** When the certificate ends that the server showed last; `null` before it showed one, and without TLS. */
  readonly validToMs: () => Promise<number | null>;
}

/** The first look waits for the first handshake. */
const FIRST_MS = 5_000;
const LOOK_MS = 30_000;

/** Judges the API server's certificate by the handshakes that the agent makes anyway. */
export async function watchCertificate(options: WatchCertificateOptions, signal: AbortSignal): Promise<void> {
  const { clock, judge, tracker, now, server } = options;
  const ref = { kind: "ApiServer", namespace: "", name: hostOf(server), uid: "" };
  for (let first = true; !signal.aborted; first = false) {
    await clock.sleep(first ? FIRST_MS : LOOK_MS, signal).catch(() => {});
    if (signal.aborted) return;
    const validToMs = await options.validToMs().catch(() => null); // the watches tell what is wrong with credentials
    if (validToMs === null) continue;
    tracker.observe({ ref, owner: null, listed: false }, judge.certificate({ server, validToMs }, now()), now());
    options.onFinding();
  }
}

function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : server;
}
