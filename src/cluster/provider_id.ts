/** `spec.providerID` of a Node in parts: `aws:///us-west-2a/i-0..` is scheme `aws`, segments `["", "us-west-2a", "i-0.."]`. */
export interface ProviderId {
  readonly text: string;
  /** Lower-case; "ocid1" for Oracle's bare OCIDs, "alicloud" for Alibaba's `<region>.<instance>`, "" when there is none. */
  readonly scheme: string;
  readonly segments: readonly string[];
}

/** Alibaba's form without a scheme: `cn-zhangjiakou.i-8vb2y0cdlriptkfer0ir`. */
const ALIBABA = /^([a-z]{2,}(?:-[a-z0-9]+)+)\.(i-[a-z0-9]+)$/;

export function parseProviderId(text: string): ProviderId {
  const cut = text.indexOf("://");
  if (cut > 0) {
    const scheme = text.slice(0, cut).toLowerCase();
    const rest = text.slice(cut + 3);
    return { text, scheme, segments: rest.split(scheme === "alicloud" ? "." : "/") };
  }
  if (text.startsWith("ocid1.")) return { text, scheme: "ocid1", segments: text.split(".") };
  const alibaba = ALIBABA.exec(text);
  return { text, scheme: alibaba === null ? "" : "alicloud", segments: alibaba?.slice(1) ?? [] };
}

/** An availability zone's region: `us-west-2a`, `us-gov-west-1b` and the local zone `us-west-2-lax-1a` all begin with it. */
const AWS_REGION = /^[a-z]{2,4}(-[a-z]+)+-\d+/;
const GCE_ZONE = /^([a-z]+-[a-z]+\d+)-[a-z0-9]+$/;
const SCALEWAY_ZONE = /^([a-z]{2}-[a-z]{3})-\d+$/;

/** How each cloud writes its region into a providerID; the other schemes hold none. */
const REGION_OF: Readonly<Record<string, (segments: readonly string[]) => string | undefined>> = {
  aws: (segments) => AWS_REGION.exec(segments[1] ?? "")?.[0],
  "eks-hybrid": (segments) => segments[1],
  gce: (segments) => GCE_ZONE.exec(segments[1] ?? "")?.[1],
  scaleway: (segments) => SCALEWAY_ZONE.exec(segments[1] ?? "")?.[1],
  alicloud: (segments) => segments[0],
  ocid1: (segments) => segments[3],
};

/** The region that a providerID names, or `null`. */
export function regionOfProviderId(providerId: ProviderId): string | null {
  const read = Object.hasOwn(REGION_OF, providerId.scheme) ? REGION_OF[providerId.scheme] : undefined;
  return read?.(providerId.segments) || null;
}
