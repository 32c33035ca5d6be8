/** Something to wait for in a loop: any of several promises, or a call. */
interface Wakeup {
  /** From now on also wakes when `promise` is settled; watching the same one again does nothing. */
  watch(promise: Promise<unknown>): void;
  fire(): void;
  /** Resolves once something fired since the last `next`. */
  next(): Promise<void>;
}

/**
 * `Promise.race` in a loop leaves 300 bytes on every promise that stays pending, each time round: on "the connection
 * changed", say, which may take months. A wakeup leaves one reaction on each promise, however often it is waited for.
 */
export function createWakeup(): Wakeup {
  const watched = new WeakSet<Promise<unknown>>();
  let fired = Promise.withResolvers<void>();
  const fire = () => fired.resolve();
  return {
    watch(promise) {
      if (watched.has(promise)) return;
      watched.add(promise);
      promise.then(fire, fire);
    },
    fire,
    async next() {
      await fired.promise;
      fired = Promise.withResolvers<void>();
    },
  };
}
