import type { DropReason } from "../../telemetry/drop_reason.ts";
import type { MessageKind } from "../../wire/message_kind.ts";
import type { Severity } from "../../wire/severity.ts";
import type { OutboundMessage } from "../outbound_message.ts";

/** What the spool keeps of a message: all of it but the callback, which can't outlive the process. */
export type SpoolMessage = Omit<OutboundMessage, "onSettled">;

/**
 * Where a stored record lies: the handle for `acknowledge`. It holds no content, so it may be kept as long as the message
 * is in flight. Only the spool that gave it out understands it.
 */
export interface SpoolPosition {
  /** Grows with every stored record, over all kinds and severities, across restarts while records are held. */
  readonly sequence: number;
  /** The segment's name, unique in the folder. */
  readonly segment: string;
  /** The record's place in its segment, 0 first. */
  readonly index: number;
}

/** A record as read back for delivery. */
export interface SpoolRecord {
  readonly position: SpoolPosition;
  readonly message: SpoolMessage;
  /** When `append` took it, milliseconds since the Unix epoch. */
  readonly enqueuedAtMs: number;
}

/**
 * Messages that were given up on purpose. `records` counts those that nobody had acknowledged; `fromMs` and `toMs` are
 * the times at which the first and the last of them can have been appended: the range for an `agent_gap` report.
 */
export interface Eviction {
  readonly reason: Extract<DropReason, "spool_full" | "too_large">;
  readonly kind: MessageKind;
  readonly severity: Severity | undefined;
  /** False: turned away before it was stored, which the message's own callback tells too. */
  readonly stored: boolean;
  readonly records: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Why the disk can't be used now. */
export interface SpoolFault {
  /** The system's code: ENOSPC, EROFS, EACCES, EIO, …; "UNKNOWN" where there was none. */
  readonly code: string;
  /** Action, state and remedy in one sentence. */
  readonly message: string;
}

/**
 * What `append` did. `stored`: one position a message, in order, or null for a message that was given up at the door
 * because it was itself the least severe (or larger than the spool); everything else survives this process and, with
 * `sync`, the machine. `degraded`: nothing of this call is stored; the caller keeps the messages in memory.
 * `evictions` were carried out in either case and must be reported.
 */
export type AppendOutcome =
  | {
    readonly kind: "stored";
    readonly positions: readonly (SpoolPosition | null)[];
    readonly evictions: readonly Eviction[];
  }
  | { readonly kind: "degraded"; readonly fault: SpoolFault; readonly evictions: readonly Eviction[] };

/** What was found in the folder when it was opened. */
export interface Recovered {
  /** Records that wait for delivery. */
  readonly records: number;
  /** Places inside segments where one or more records could not be read and were skipped. */
  readonly damaged: number;
  /** Bytes cut from the ends of segments: writes that were under way when the last process died, so never confirmed. */
  readonly tornBytes: number;
  /** Segments of another version or without one readable record, renamed to `….set-aside-<time>`. */
  readonly setAside: number;
}

export interface SpoolStatus {
  /** Records that nobody has acknowledged. */
  readonly records: number;
  readonly usedBytes: number;
  readonly maxBytes: number;
  /** Null while the disk takes what it is given. */
  readonly fault: SpoolFault | null;
}

/** How much one `read` may return. At least one record comes back if there is one. */
export interface ReadLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/** Messages on disk, in order, until they are acknowledged. No method rejects because of the disk. */
export interface Spool {
  /** Stores `messages` and resolves when they are durable. Calls that come while a write is under way share the next one. */
  append(messages: readonly SpoolMessage[]): Promise<AppendOutcome>;
  /**
   * The next records in the order in which they were appended, over all kinds and severities; those acknowledged are
   * left out. Each record comes once, until `rewind`. Resolves with none when everything was read.
   */
  read(limits: ReadLimits): Promise<readonly SpoolRecord[]>;
  /** Lets `read` begin again at the oldest record that nobody has acknowledged. */
  rewind(): void;
  /** The records need not be kept. Remembered on disk within `acknowledgeFlushMs`; a copy or an unknown position is ignored. */
  acknowledge(positions: readonly SpoolPosition[]): void;
  /** Resolves when every acknowledgement so far is on disk, or can't be written now. */
  flush(): Promise<void>;
  status(): SpoolStatus;
  /** Finishes appends under way, writes the acknowledgements and lets the folder go. */
  close(): Promise<void>;
}
