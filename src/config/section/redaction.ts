import * as z from "zod/mini";
import { described, textListField } from "../field.ts";

/** What is cut out of everything that leaves the agent, beyond what it knows by itself. */
export const redactionSchema = described(
  z.strictObject({
    names: textListField({
      description:
        "Names whose values are secrets, whatever they look like: keys, variables, flags. `*` stands for any characters; case does not matter.",
      allowed: "a name of letters, digits and . _ - *, with three letters or digits in a row",
      pattern: /^(?=.*[A-Za-z0-9]{3})[A-Za-z0-9._*-]{3,128}$/,
      max: 200,
    }),
    patterns: textListField({
      description:
        "Regular expressions in JavaScript's syntax. The match, or its first group if it has one, is removed. A pattern that can take more than linear time is refused.",
      allowed: "a regular expression of 3 to 1000 characters that does not match an empty text",
      pattern: /^[^\n]{3,1000}$/,
      max: 100,
    }),
  }),
  "Your own secrets to remove from command output, events and logs.",
);
