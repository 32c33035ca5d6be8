import { stampOf } from "./condition_of.ts";
import type { Finding } from "./object_rule.ts";

const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;
const NOW_MS = 3 * DAY_MS;

/** The certificate that a server showed in a TLS handshake. */
export interface CertificateView {
  /** `https://10.0.0.1:443`. */
  readonly server: string;
  readonly validToMs: number;
}

/** `certificate.api_server.ends`. */
export function certificateEnds({ server, validToMs }: CertificateView, nowMs: number): readonly Finding[] {
  const leftMs = validToMs - nowMs;
  if (leftMs >= SOON_MS) return [];
  const days = Math.floor(leftMs / DAY_MS);
  const when = leftMs < 0 ? "has ended" : `ends in ${days === 1 ? "1 day" : `${days} days`}`;
  return [{
    container: "",
    reason: "CertificateEnds",
    message: `The certificate of the API server ${server} ${when} (${stampOf(validToMs)})`,
    sinceMs: validToMs - SOON_MS,
    occurrence: stampOf(validToMs),
    ...(leftMs < NOW_MS ? { severity: "critical" as const } : {}),
  }];
}
