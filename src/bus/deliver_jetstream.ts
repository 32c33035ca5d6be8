import { errors, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { errorMessage } from "../lifecycle/errors.ts";
import { type AckCollector, openAckCollector } from "./ack_collector.ts";
import type { PublishUnit } from "./compose_units.ts";
import type { BusSession } from "./connection.ts";
import type { DeliverUnits } from "./delivery.ts";
import { FlushTimeout, flushWithin } from "./flush_within.ts";
import { type DeliveryTrouble, readPublishAck, readSilence } from "./publish_ack.ts";

interface JetStreamDeliveryOptions {
  /** The stream that must take the messages; "" takes whichever covers the subject. */
  readonly stream: string;
  /** Messages sent ahead of their acknowledgements. */
  readonly inFlightLimit: number;
  /** What they may have together; a larger message goes alone. */
  readonly inFlightBytes: number;
  /** So long without any acknowledgement, while some are due, is a failure. A slow link that still moves is none. */
  readonly ackTimeoutMs: number;
  /** Of the replica that leads; absent without replicas. */
  readonly epoch?: () => string | null;
}

/**
 * JetStream delivery: every unit is published with a reply subject, and counts as delivered when the stream has
 * acknowledged it, as new or as a copy of what it has (`Nats-Msg-Id`). A window keeps the number ahead of the
 * acknowledgements bounded. After a failure nothing more of the batch is sent: what failed is tried again before what
 * follows it, so the order on a subject holds but for messages that were already ahead.
 */
export function createJetStreamDelivery(options: JetStreamDeliveryOptions): DeliverUnits {
  const collectors = new WeakMap<NatsConnection, AckCollector>();
  /** Subjects that a stream has acknowledged in this process: "no responders" means something else there. */
  const known = new Set<string>();

  return async (session, units) => {
    const collector = collectors.get(session.nats) ?? openAckCollector(session.nats, options.stream, options.epoch);
    collectors.set(session.nats, collector);
    const run = new DeliveryRun(session, collector, options, known);
    const trouble = await run.send(units);
    const { stored, tooLarge } = run;
    const failed = units.filter((unit) => !stored.has(unit) && !tooLarge.has(unit));
    return {
      delivered: units.filter((unit) => stored.has(unit)),
      rejected: units.filter((unit) => tooLarge.has(unit)),
      failure: failed.length === 0
        ? null
        : { ...trouble ?? { reason: "disconnected", detail: "the connection ended" }, units: failed },
    };
  };
}

/** One batch on its way. */
class DeliveryRun {
  readonly stored = new Set<PublishUnit>();
  readonly tooLarge = new Set<PublishUnit>();
  /** What is due, with what makes the collector forget it. */
  readonly #due = new Map<PublishUnit, () => void>();
  #dueBytes = 0;
  #trouble: DeliveryTrouble | null = null;
  #lastAnswerMs = performance.now();
  #answered = Promise.withResolvers<void>();

  constructor(
    readonly session: BusSession,
    readonly collector: AckCollector,
    readonly options: JetStreamDeliveryOptions,
    readonly known: Set<string>,
  ) {}

  /** Resolves when every unit is accounted for, with what went wrong. */
  async send(units: readonly PublishUnit[]): Promise<DeliveryTrouble | null> {
    const wake = () => this.#answered.resolve();
    this.session.ended.addEventListener("abort", wake, { once: true });
    try {
      for (const unit of units) {
        while (this.#isFull(unit) && this.#goesOn()) await this.#nextAnswer();
        if (!this.#goesOn()) break;
        this.#publish(unit);
      }
      while (this.#due.size > 0 && !this.session.ended.aborted) await this.#nextAnswer();
    } finally {
      this.session.ended.removeEventListener("abort", wake);
      for (const forget of this.#due.values()) forget();
    }
    return this.#trouble;
  }

  #goesOn(): boolean {
    return this.#trouble === null && !this.session.ended.aborted;
  }

  #isFull(unit: PublishUnit): boolean {
    const { inFlightLimit, inFlightBytes } = this.options;
    return this.#due.size >= inFlightLimit ||
      (this.#due.size > 0 && this.#dueBytes + unit.body.byteLength > inFlightBytes);
  }

  #publish(unit: PublishUnit): void {
    if (this.#due.size === 0) this.#lastAnswerMs = performance.now();
    try {
      this.#due.set(unit, this.collector.publish(unit, (message) => this.#take(unit, message)));
      this.#dueBytes += unit.body.byteLength;
    } catch (error) {
      if (error instanceof errors.InvalidArgumentError) this.tooLarge.add(unit);
      else this.#trouble = { reason: "disconnected", detail: errorMessage(error) };
    }
  }

  #take(unit: PublishUnit, message: Msg): void {
    if (this.#due.delete(unit)) this.#dueBytes -= unit.body.byteLength;
    this.#lastAnswerMs = performance.now();
    const { subject } = unit;
    const text = message.string();
    const ack = readPublishAck({ statusCode: message.headers?.code, text }, subject, this.known.has(subject));
    if (ack.kind === "stored") {
      this.stored.add(unit);
      this.known.add(subject);
    } else if (ack.kind === "too_large") this.tooLarge.add(unit);
    else this.#trouble ??= ack.failure;
    this.#answered.resolve();
  }

  /** Waits for the next answer; gives up what is due when there is none for too long. */
  async #nextAnswer(): Promise<void> {
    this.#answered = Promise.withResolvers();
    if (this.session.ended.aborted) return;
    const leftMs = this.#lastAnswerMs + this.options.ackTimeoutMs - performance.now();
    const timer = setTimeout(this.#answered.resolve, Math.max(0, leftMs));
    await this.#answered.promise;
    clearTimeout(timer);
    if (performance.now() - this.#lastAnswerMs >= this.options.ackTimeoutMs) await this.#giveUp();
  }

  /** A stream that is silent and a connection that is dead look the same; a ping tells them apart. */
  async #giveUp(): Promise<void> {
    const silentSince = this.#lastAnswerMs;
    try {
      await flushWithin(this.session, this.session.nats.flush(), this.options.ackTimeoutMs);
    } catch (error) {
      const stuck = error instanceof FlushTimeout;
      if (stuck) void this.session.nats.close().catch(() => {});
      this.#trouble ??= { reason: stuck ? "flush_timeout" : "disconnected", detail: errorMessage(error) };
      return this.#forgetDue();
    }
    if (this.#lastAnswerMs !== silentSince) return;
    const subject = this.#due.keys().next().value?.subject ?? "";
    this.#trouble ??= readSilence(subject, {
      knownSubject: this.known.has(subject),
      refused: this.session.publishRefusals(subject) > 0,
      inboxClosed: this.collector.closed(),
    });
    this.#forgetDue();
  }

  #forgetDue(): void {
    for (const forget of this.#due.values()) forget();
    this.#due.clear();
    this.#dueBytes = 0;
  }
}
