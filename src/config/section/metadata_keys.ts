/** `last-applied-configuration` holds whole manifests, secrets' among them; no list lets it through. */
export const KEY_PATTERN =
  /^(?!kubectl\.kubernetes\.io\/last-applied-configuration$)(?:[A-Za-z0-9][A-Za-z0-9._/-]{0,315}\*?|\*)$/;
/** The same in words. */
export const KEY_ALLOWED =
  "a key, or the beginning of keys with * after it; kubectl.kubernetes.io/last-applied-configuration is never reported";
