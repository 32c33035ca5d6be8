/**
 * Waits until `check` returns something other than `undefined` or `false`, and returns it. Fails with the last error, or
 * with `what`, after `deadlineMs`. The short pause between looks is the one place in the tests that sleeps.
 */
export async function eventually<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 10_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  let last: unknown;
  while (true) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`Not within ${deadlineMs} ms: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
