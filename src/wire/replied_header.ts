/**
 * Marks a result that was also sent to the reply subject of its command: whoever asked has it, so it need not be held
 * until somebody subscribes to the result subject.
 */
export const REPLIED_HEADER = "Agent-Replied";
