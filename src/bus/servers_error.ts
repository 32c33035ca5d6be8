/** Why one server of several could not be used. */
export interface ServerError {
  readonly server: string;
  readonly error: unknown;
}

/** None of several servers could be used. */
export class ServersError extends Error {
  override readonly name = "ServersError";
  constructor(readonly failures: readonly ServerError[]) {
    super(`none of ${failures.length} servers can be used`);
  }
}
