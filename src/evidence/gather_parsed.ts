import { parseMessage } from "./parse_message.ts";
import type { Gather } from "./scene.ts";

/** The figures and names in the fault's message. */
export const gatherParsed: Gather = (scene) => Promise.resolve(parseMessage(scene.request.sighting.message));
