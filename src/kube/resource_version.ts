/**
 * Compares two resourceVersions of one resource: negative when `a` is older, 0 when equal, positive when newer, `null`
 * when either is no decimal number and so says nothing about order. They are compared as decimal strings of any
 * length: a JavaScript number would lose digits above 2^53. Order between versions of one resource is part of the API
 * since Kubernetes 1.35 (KEP-5504) and has always held for etcd-backed resources.
 */
export function compareResourceVersions(a: string, b: string): number | null {
  if (!isOrderable(a) || !isOrderable(b)) return null;
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Whether a resourceVersion is a decimal number without leading zeros; "0" is the API's word for "any". */
function isOrderable(version: string): boolean {
  return /^[1-9]\d*$/.test(version);
}
