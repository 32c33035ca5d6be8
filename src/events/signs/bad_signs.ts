import { failureSigns } from "./failure_signs.ts";
import { graveSigns } from "./grave_signs.ts";
import type { Sign } from "./sign.ts";

/** Every word that says that something is wrong. */
export const badSigns: readonly Sign[] = [...graveSigns, ...failureSigns];
