import type { RefusalCode } from "../../wire/refusal_code.ts";
import { type AddressRefusal, refuseAddress } from "./address_rule.ts";

interface NameRule {
  readonly pattern: RegExp;
  readonly code: RefusalCode;
  readonly what: string;
}

/**
 * Names that mean a refused destination wherever they are resolved. Their addresses would be refused anyway; the name
 * decides first, so that no resolver is asked and a dry run elsewhere gives the same answer.
 */
const NAME_RULES: readonly NameRule[] = [
  {
    pattern:
      /^(?:(?:.+\.)?localhost(?:\.localdomain)?|ip6-localhost|ip6-loopback|localhost[46](?:\.localdomain[46])?|localtest\.me|.+\.localtest\.me|(?:.+\.)?lvh\.me)$/,
    code: "loopback_address",
    what: "this machine",
  },
  {
    pattern:
      /^(?:metadata|metadata\.google\.internal|metadata\.goog|instance-data|instance-data\.(?:.+\.)?internal|metadata\.azure\.(?:com|internal)|metadata\.tencentyun\.com|metadata\.platformequinix\.com)$/,
    code: "metadata_address",
    what: "a cloud metadata service",
  },
  {
    pattern: /^kubernetes(?:\.default(?:\.svc(?:\..+)?)?)?$/,
    code: "api_server_address",
    what: "the Kubernetes API server",
  },
];

/** Public DNS services that answer with the address that the name spells: `10.0.0.1.nip.io`, `www-10-0-0-1.sslip.io`. */
const SPELLED_ADDRESS =
  /(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})\.(?:nip\.io|sslip\.io|xip\.io|traefik\.me)$/;
const SPELLED_HEX_ADDRESS = /(?:^|[.-])([0-9a-f]{8})\.(?:nip\.io)$/;

/** Why the name may not be reached, judged without resolving it; `null` when its addresses decide. Lower case, no closing dot. */
export function refuseName(name: string, apiServer: ReadonlySet<string>): AddressRefusal | null {
  if (apiServer.has(name)) return { code: "api_server_address", what: "the Kubernetes API server" };
  const rule = NAME_RULES.find(({ pattern }) => pattern.test(name));
  if (rule !== undefined) return { code: rule.code, what: rule.what };
  const spelled = spelledAddress(name);
  return spelled === null ? null : refuseAddress(spelled, apiServer);
}

function spelledAddress(name: string): string | null {
  const parts = SPELLED_ADDRESS.exec(name)?.slice(1) ??
    SPELLED_HEX_ADDRESS.exec(name)?.[1]?.match(/../g)?.map((hex) => String(parseInt(hex, 16)));
  // Parts above 255 spell no address: such a name is like any other.
  return parts === undefined || parts.some((part) => Number(part) > 255) ? null : parts.map(Number).join(".");
}
