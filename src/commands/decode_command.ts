import "../lifecycle/schema_texts.ts";
import { type Command, commandSchema } from "../wire/command.ts";
import { type Checked, pass, refuse } from "./checked.ts";
import type { CommandRefusal } from "./decision.ts";

/** A message as received, read as far as it goes. One that can't be used may still have an id to answer to. */
export type DecodedCommand =
  | { readonly kind: "decoded"; readonly command: Command }
  | { readonly kind: "undecodable"; readonly id: string | null; readonly refusal: CommandRefusal };

/** The largest real command (64 arguments of full length) is above it; none of use is. */
const MESSAGE_LIMIT_BYTES = 64 * 1024;

const ID = /^[A-Za-z0-9][A-Za-z0-9._:@\/+=-]{0,127}$/;

/** Reads the body of a command message: size, JSON, schema and id. Never throws. */
export function decodeCommand(body: Uint8Array | string): DecodedCommand {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  if (bytes.byteLength > MESSAGE_LIMIT_BYTES) {
    return undecodable(null, refuse("too_large", `The message has ${bytes.byteLength} bytes`));
  }
  const json = parseJsonObject(bytes);
  if (!json.ok) return undecodable(null, json);
  const id = usableId(json.value);
  const parsed = commandSchema.safeParse(json.value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue?.path.join(".") ?? "";
    if (field === "type") return undecodable(id, refuse("unknown_type", "The command's type is not known"));
    return undecodable(id, refuse("invalid_command", `The field ${field || "(all)"} can't be used: ${issue?.message}`));
  }
  if (id === null) return undecodable(null, refuse("invalid_id", "The command's id can't be used"));
  return { kind: "decoded", command: parsed.data };
}

function undecodable(id: string | null, refused: { readonly refusal: CommandRefusal }): DecodedCommand {
  return { kind: "undecodable", id, refusal: refused.refusal };
}

function parseJsonObject(bytes: Uint8Array): Checked<object> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return pass(value);
  } catch {
    // Bad UTF-8 and bad JSON get the same answer; the text is hostile and is not repeated.
  }
  return refuse("not_json", "The message is not a JSON object");
}

function usableId(value: object): string | null {
  return "id" in value && typeof value.id === "string" && ID.test(value.id) ? value.id : null;
}
