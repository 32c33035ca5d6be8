import { hash } from "node:crypto";
import { createLogger } from "../lifecycle/logging.ts";
import type { Command } from "../wire/command.ts";
import type { Arrival } from "./arrival.ts";
import type { CommandRefusal } from "./decision.ts";
import type { DecodedCommand } from "./decode_command.ts";
import type { NonceStore } from "./nonce_store.ts";
import type { FirstClaim, ResultMemory } from "./result_memory.ts";
import { type CommandSigner, loadTrustedKeys, type TrustedKey, verifySignature } from "./verify_signature.ts";

/** What becomes of an arrival at the door. */
type Admission =
  | { readonly kind: "refused"; readonly refusal: CommandRefusal; readonly signer: CommandSigner | null }
  /** It was answered before: `body` is that answer. */
  | { readonly kind: "repeated"; readonly body: Uint8Array; readonly signer: CommandSigner | null }
  /** It has a place, which `leave` gives back, and the claim on its id, which is to be settled. */
  | {
    readonly kind: "admitted";
    readonly command: Command;
    readonly claim: FirstClaim;
    readonly signer: CommandSigner | null;
  };

export interface CommandDoorOptions {
  readonly clusterId: string;
  readonly nonces: NonceStore;
  readonly results: ResultMemory;
  /** Checked when the door is made: an `AgentError` names one that is no key. */
  readonly trustedKeys: readonly TrustedKey[];
  readonly requireSignature: boolean;
  /** Commands that run at a time, and that wait for it. */
  readonly concurrency: number;
  readonly queue: number;
}

/** Decides who comes in: signature, nonce, repeated id, room, in this order. The policy is not asked yet. */
interface CommandDoor {
  /** A copy of a command that still runs waits here for its answer. Never rejects. */
  admit(arrival: Arrival): Promise<Admission>;
  /** Gives back the place of an admitted command. */
  leave(): void;
  /** Commands that hold a place. */
  readonly admitted: number;
}

/** Makes the door. Nothing about the id of a refused command is remembered: whoever is refused here may not block it. */
export function createCommandDoor(options: CommandDoorOptions): CommandDoor {
  const { clusterId, results } = options;
  const log = createLogger("commands");
  const trustedKeys = loadTrustedKeys(options.trustedKeys);
  let admitted = 0;

  async function admit(arrival: Arrival): Promise<Admission> {
    const { decoded, delivery } = arrival;
    const verdict = verifySignature({
      body: delivery.body,
      header: delivery.header,
      clusterId,
      trustedKeys,
      required: options.requireSignature,
      nowMs: arrival.receivedAtMs,
    });
    const signer = verdict.kind === "signed" ? verdict.signer : null;
    const refused = (refusal: CommandRefusal): Admission => ({ kind: "refused", refusal, signer });
    if (verdict.kind === "refused") return refused(explainForeign(verdict.refusal, decoded, clusterId));
    const nonceRefusal = signer === null ? null : await rememberNonce(signer);
    if (nonceRefusal !== null) return refused(nonceRefusal);
    // Without an id nothing can be remembered or repeated, and nothing runs.
    if (decoded.kind === "undecodable") return refused(decoded.refusal);
    const claim = results.claim(decoded.command.id, contentDigest(decoded.command));
    switch (claim.kind) {
      case "other":
        return refused({
          code: "duplicate",
          reason: "another command with this id was received before; give each an id of its own",
        });
      case "again": {
        const body = await claim.answer;
        return body === null ? refused(RESULT_FORGOTTEN) : { kind: "repeated", body, signer };
      }
      case "first":
        if (admitted >= options.concurrency + options.queue) {
          claim.release();
          return refused({
            code: "busy",
            reason: `${options.concurrency} commands run and ${options.queue} wait; send it again later`,
          });
        }
        admitted++;
        return { kind: "admitted", command: decoded.command, claim, signer };
    }
  }

  async function rememberNonce(signer: CommandSigner): Promise<CommandRefusal | null> {
    const outcome = await options.nonces.remember(signer.nonce, signer.expiresAtMs);
    switch (outcome.kind) {
      case "remembered":
        return null;
      case "replayed":
        return { code: "replayed_nonce", reason: "a command with this nonce was received before; sign again" };
      case "unavailable":
        log.error("Cannot remember a nonce", { detail: outcome.detail });
        return {
          code: "nonce_not_kept",
          reason: "the agent can't make sure that this signed command runs only once; see its log",
        };
    }
  }

  return {
    admit,
    leave: () => void admitted--,
    get admitted() {
      return admitted;
    },
  };
}

const RESULT_FORGOTTEN: CommandRefusal = {
  code: "duplicate",
  reason: "a command with this id was received before, and its result is no longer kept; use a new id",
};

/** A command that was signed for another cluster fits no signature here; where it says so itself, that is the answer. */
function explainForeign(refusal: CommandRefusal, decoded: DecodedCommand, clusterId: string): CommandRefusal {
  const addressee = decoded.kind === "decoded" ? decoded.command.cluster_id ?? "" : "";
  if (refusal.code !== "bad_signature" || addressee === "" || addressee === clusterId) return refusal;
  return { code: "wrong_cluster", reason: `the command is for another cluster, this is ${clusterId}` };
}

/** What makes two deliveries the same command; times and signatures may differ. 128 bits, since many are remembered. */
function contentDigest({ tool, action, args, namespace, env, timeout }: Command): string {
  return hash("sha256", JSON.stringify([tool, action, args, namespace ?? "", env ?? null, timeout ?? null]), "hex")
    .slice(0, 32);
}
