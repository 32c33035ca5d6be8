import { type Checked, pass, quoteReceived, refuse } from "../checked.ts";

/** No diagnosis needs more; the longest real commands have some twenty. */
const TOKEN_LIMIT = 64;
/** Above the longest expression that any grammar takes. */
const TOKEN_LENGTH_LIMIT = 2048;

/** Refuses arguments that no grammar would take, before any grammar reads them. */
export function checkTokens(tokens: readonly string[]): Checked<readonly string[]> {
  if (tokens.length > TOKEN_LIMIT) return refuse("too_many_arguments", `The command has ${tokens.length} arguments`);
  for (const [index, token] of tokens.entries()) {
    if (token === "") return refuse("empty_argument", `Argument ${index + 1} is empty`);
    if (token.length > TOKEN_LENGTH_LIMIT) {
      return refuse("argument_too_long", `Argument ${index + 1} has ${token.length} characters`);
    }
    if (!/^[\x20-\x7e]*$/.test(token)) {
      return refuse("invalid_characters", `Argument ${index + 1}, ${quoteReceived(token)}, is not printable ASCII`);
    }
    if (token === "--" || token === "-") return refuse("end_of_options", `Argument ${index + 1} is ${token}`);
  }
  return pass(tokens);
}
