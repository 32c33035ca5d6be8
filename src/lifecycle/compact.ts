/** `T` without `undefined`: what may be undefined may be absent instead. */
type Compact<T> =
  & { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] }
  & { [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> };

/**
 * The same properties, in their order, without those that are undefined. For options that are handed on, where "not given"
 * must stay "not given": a receiver's default stands for an absent property alone. It makes an object a call: not for code
 * that runs for each event.
 */
export function compact<T extends object>(given: T): Compact<T>;
export function compact(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
