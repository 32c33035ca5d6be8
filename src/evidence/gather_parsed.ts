import { redactText } from "../redaction/redact_text.ts";
import { parseMessage } from "./parse_message.ts";
import type { Gather } from "./scene.ts";

/** The figures and names in the fault's message. */
export const gatherParsed: Gather = ({ request, redactor }) =>
  // Before it is taken apart: what tells a secret may stand beside it.
  Promise.resolve(parseMessage(redactText(request.sighting.message, { redactor }).text));
