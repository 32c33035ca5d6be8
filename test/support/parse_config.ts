import assert from "node:assert/strict";
import type { Config } from "../../src/config/config_schema.ts";
import { loadConfigContent } from "../../src/config/load_config.ts";

/** The configuration that a YAML text makes, defaults filled in; fails with the problems where it has some. */
export async function parseConfig(text: string): Promise<Config> {
  const loaded = await loadConfigContent("config.yaml", { kind: "ok", text }, { env: {}, flags: [] });
  assert.ok(loaded.kind === "ok", JSON.stringify(loaded));
  return loaded.config;
}
