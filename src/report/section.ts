/** One part of a metrics report: read, or left out with the reason beside it. What is not known is never written as 0. */
export type Section<T> =
  | { readonly kind: "ok"; readonly data: T }
  | { readonly kind: "failed"; readonly error: string };
