import { parseOverride } from "../src/cluster/decide_id.ts";
import type { Config } from "../src/config/config_schema.ts";
import { subjectToken } from "../src/wire/subject_token.ts";

/** The id under which an agent with this configuration reports, where it sets one; `null` where it would detect it. */
export function configuredClusterId({ cluster_id }: Config): string | null {
  const override = parseOverride(cluster_id, "configuration");
  return override === null ? null : subjectToken(override.value);
}
