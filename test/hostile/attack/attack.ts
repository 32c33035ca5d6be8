import type { HostileRig } from "../hostile_rig.ts";

/** Something that a tenant, a sender or a neighbour of the agent can do. */
export interface Attack {
  /** Short and stable, for the table: `large-events`. */
  readonly id: string;
  /** Who does what, as the name of a test. */
  readonly name: string;
  /** More of the agent's configuration; `{dir}` in a text is a folder of the attack's own. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** JetStream with a stream for events alone. */
  readonly jetstream?: boolean;
  /** The agent asks a resolver that never answers; needs the right to mount. */
  readonly silentResolver?: boolean;
  play(rig: HostileRig): Promise<Played>;
}

/** What the attack has counted by itself. */
export interface Played {
  /** Messages, objects, connections or commands that were sent. */
  readonly sent: number;
  /** What should have arrived and has not: reports, and answers to ordinary commands. */
  readonly lost?: number;
  /** Of these, how many the agent has told of: in a gap, an answer, a counter. */
  readonly told?: number;
  /** What happened that must not, in words. */
  readonly problems?: readonly string[];
}
