import process from "node:process";

/** A kind of machine that the program is built for, in the words of container images. */
export type Platform = "linux/amd64" | "linux/arm64" | "darwin/amd64" | "darwin/arm64";

interface Target {
  /** What `deno compile --target` calls it. */
  readonly denoTarget: string;
  /** `process.platform` and `process.arch` of a Node or Deno that runs there. */
  readonly host: string;
}

/** Every platform that a release has a program for. */
export const TARGETS: Readonly<Record<Platform, Target>> = {
  "linux/amd64": { denoTarget: "x86_64-unknown-linux-gnu", host: "linux-x64" },
  "linux/arm64": { denoTarget: "aarch64-unknown-linux-gnu", host: "linux-arm64" },
  "darwin/amd64": { denoTarget: "x86_64-apple-darwin", host: "darwin-x64" },
  "darwin/arm64": { denoTarget: "aarch64-apple-darwin", host: "darwin-arm64" },
};

export const isPlatform = (text: string): text is Platform => text in TARGETS;

/** The platform of this machine. Throws where there is none of them. */
export function hostPlatform(): Platform {
  const host = `${process.platform}-${process.arch}`;
  const found = Object.keys(TARGETS).filter(isPlatform).find((platform) => TARGETS[platform].host === host);
  if (found === undefined) {
    throw new Error(`Cannot build for this machine: ${host} is not one of ${Object.keys(TARGETS).join(", ")}`);
  }
  return found;
}
