/** What waits in the outbox for the bus; each kind has a lane of its own with its own bounds. */
export const MESSAGE_KINDS = ["event", "metrics", "result", "update"] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];
