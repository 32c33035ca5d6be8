/** Runs one action at a time, in the order in which they came. A failure is its caller's alone. */
type Serial = <T>(action: () => Promise<T>) => Promise<T>;

export function createSerial(): Serial {
  let last: Promise<unknown> = Promise.resolve();
  return (action) => {
    const result = last.then(action, action);
    last = result.catch(() => undefined);
    return result;
  };
}
