import type { Redaction } from "./redaction.ts";

/** A text that is searched in the place of another, and where each of its characters stands in that one. */
export interface TextView {
  readonly text: string;
  /** One place a character, and one for the end; `null`: the same text. */
  readonly places: Uint32Array | null;
}

/** Stands on a line of its own between pieces that have nothing to do with each other. */
export const SEPARATOR_LINE = "\0";

/** A piece of the view as a piece of the original text. */
export function placePiece({ places }: TextView, { rule, start, end }: Redaction): Redaction {
  if (places === null) return { rule, start, end };
  return { rule, start: places[start] ?? 0, end: places[end] ?? 0 };
}

const NO_PLACES = new Uint32Array(0);
const LEAST_PLACES = 256;

/** Collects a view's text and places. */
export class ViewBuilder {
  readonly #parts: string[] = [];
  #places = NO_PLACES;
  #length = 0;

  constructor(readonly source: TextView) {}

  get length(): number {
    return this.#length;
  }

  /** Appends `text`, whose characters stand one by one from `from` in the source. */
  copy(from: number, end: number): void {
    this.#parts.push(this.source.text.slice(from, end));
    this.#reserve(end - from);
    for (let i = from; i < end; i++) this.#places[this.#length++] = this.#placeOf(i);
  }

  /** Appends a text of one or more characters that all stand for the one place. */
  put(text: string, at: number): void {
    this.#parts.push(text);
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#places[this.#length++] = this.#placeOf(at);
  }

  build(): TextView {
    this.#reserve(1);
    this.#places[this.#length] = this.#placeOf(this.source.text.length);
    return { text: this.#parts.join(""), places: this.#places.slice(0, this.#length + 1) };
  }

  #placeOf(index: number): number {
    return this.source.places === null ? index : this.source.places[index] ?? 0;
  }

  #reserve(more: number): void {
    if (this.#length + more + 1 <= this.#places.length) return;
    const larger = new Uint32Array(Math.max(LEAST_PLACES, this.#places.length * 2, this.#length + more + 1));
    larger.set(this.#places);
    this.#places = larger;
  }
}
