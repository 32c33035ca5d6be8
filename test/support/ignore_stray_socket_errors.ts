import process from "node:process";
import { isStraySocketError } from "../../src/bus/stray_socket_error.ts";

// Imported for its effect by what connects to NATS. As the program's main file does it: an error that the NATS transport
// leaves behind, after a refused connection say, ends no test.
process.on("uncaughtException", (error: Error) => {
  if (!isStraySocketError(error)) throw error;
});
