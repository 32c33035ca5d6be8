import * as z from "zod/mini";
import { nanosecondsSchema, timeSchema } from "./time.ts";

/** Why a command was refused: which layer, a stable code, and a sentence. The same object `agent check-command` prints. */
const refusalSchema = z.object({ layer: z.string(), code: z.string(), reason: z.string() });

/** The one final answer to a command, on `agent.result.<cluster_id>`. */
export const commandResultSchema = z.object({
  /** Made from the command and the outcome; the same however often the result is sent. */
  id: z.optional(z.string()),
  command_id: z.string(),
  cluster_id: z.string(),
  status: z.enum(["success", "failed", "timeout"]),
  output: z.string(),
  error: z.string(),
  exit_code: z.int(),
  duration: nanosecondsSchema,
  execution_time: nanosecondsSchema,
  truncated: z.boolean(),
  timestamp: timeSchema,
  refusal: z.optional(refusalSchema),
});
export type CommandResult = z.infer<typeof commandResultSchema>;
