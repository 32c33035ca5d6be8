/** A place in a file, with what stands there. */
export interface Mention {
  readonly text: string;
  readonly line: number;
}
