import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";

/** The commit that is built, with `-dirty` where the tree differs from it; outside git AGENT_COMMIT tells it, or nobody does. */
function readCommit(): string {
  if (process.env.AGENT_COMMIT) return process.env.AGENT_COMMIT;
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return git("rev-parse", "--short=12", "HEAD").trim() + (git("status", "--porcelain").trim() === "" ? "" : "-dirty");
  } catch {
    return "unknown";
  }
}

/** Version and commit of what is built. */
export async function readBuildFacts(): Promise<{ readonly version: string; readonly commit: string }> {
  const manifest: { version?: string } = JSON.parse(await readFile("deno.json", "utf8"));
  return { version: manifest.version ?? "unknown", commit: readCommit() };
}
