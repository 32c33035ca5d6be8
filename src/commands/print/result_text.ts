import { Buffer } from "node:buffer";

/** Collects texts up to a limit in bytes that several of them share. */
export interface ResultText {
  /** Adds to the end. What is beyond the limit is dropped. */
  add(text: string): void;
  readonly isFull: boolean;
  /** A text of its own that counts against the same limit and stands at this place. */
  branch(): ResultText;
  text(): string;
}

/** Makes a text of at most `limitBytes`. */
export function createResultText(limitBytes: number): ResultText {
  const room = { bytes: limitBytes, full: false };
  const make = (): ResultText => {
    const pieces: (string | ResultText)[] = [];
    return {
      add(text) {
        if (room.full || text === "") return;
        const bytes = Buffer.byteLength(text);
        if (bytes <= room.bytes) pieces.push(text);
        else {
          pieces.push(Buffer.from(text).subarray(0, room.bytes).toString("utf8").replace(/\ufffd$/, ""));
          room.full = true;
        }
        room.bytes -= Math.min(bytes, room.bytes);
      },
      get isFull() {
        return room.full;
      },
      branch() {
        const branch = make();
        pieces.push(branch);
        return branch;
      },
      text: () => pieces.map((piece) => typeof piece === "string" ? piece : piece.text()).join(""),
    };
  };
  return make();
}
