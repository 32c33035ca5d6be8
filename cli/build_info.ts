import { readFileSync } from "node:fs";
import process from "node:process";

/** Put in place of these names by the bundler (`define`); absent when the sources run as they are. */
declare const AGENT_VERSION: string | undefined;
declare const AGENT_COMMIT: string | undefined;

/** What runs. */
interface BuildInfo {
  readonly version: string;
  /** The commit it was built from; "source" when it was not built at all. */
  readonly commit: string;
  /** Name and version of the JavaScript runtime: `deno 2.9.6`. */
  readonly runtime: string;
}

/** Reads what this program is. A bundle knows it by itself; the sources look into deno.json. */
export function readBuildInfo(): BuildInfo {
  const { deno, node } = process.versions;
  return {
    version: typeof AGENT_VERSION === "string" ? AGENT_VERSION : readSourceVersion(),
    commit: typeof AGENT_COMMIT === "string" ? AGENT_COMMIT : "source",
    runtime: deno === undefined ? `node ${node}` : `deno ${deno}`,
  };
}

/** One line for people: `agent 0.1.0 (commit 1a2b3c4, deno 2.9.6)`. */
export function formatBuildInfo({ version, commit, runtime }: BuildInfo): string {
  return `agent ${version} (commit ${commit}, ${runtime})`;
}

function readSourceVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../deno.json", import.meta.url), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) return String(manifest.version);
  return "unknown";
}
