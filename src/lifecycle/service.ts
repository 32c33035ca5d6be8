/**
 * A part of the agent that runs until it is told to stop.
 *
 * `run` resolves once `signal` has fired and clean-up is done; it rejects only on a failure that the service cannot
 * mend itself. A service that returns while its signal is quiet has failed: see `supervisor.ts`.
 */
export interface Service {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}
