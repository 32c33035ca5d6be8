import { stripAllButColours } from "../src/lifecycle/strip_control.ts";
import type { OutputStream } from "./cli_context.ts";

/**
 * The stream, on which nothing that a subcommand writes steers the terminal but through `steer`, whoever the text comes from: the cluster, the
 * bus, a file, an error of the system. What goes to a file or a pipe is not touched.
 */
export function guardTerminal(stream: OutputStream): OutputStream {
  if (stream.isTTY !== true) return stream;
  return {
    isTTY: true,
    get columns() {
      return stream.columns ?? 80;
    },
    steer: (sequence) => void stream.write(sequence),
    write: (text) => stream.write(stripAllButColours(text).text),
  };
}
