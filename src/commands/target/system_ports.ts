import { realpath } from "node:fs/promises";
import { createNameLookup } from "../lookup/look_up_name.ts";

/** Looks names up as the machine does: its hosts file, servers and search domains. */
export const lookUpSystemName = createNameLookup();

/** The path with every symbolic link followed; `null` when there is no such file, or none that the agent may see. */
export async function realPathOrNull(path: string): Promise<string | null> {
  return await realpath(path).catch(() => null);
}
