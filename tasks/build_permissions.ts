/** Where a program is to run: in a container of the image, or on somebody's machine. */
export type Profile = "image" | "workstation";

/**
 * What the runtime lets the program do. Nothing that the agent does not do is there: no native libraries, no imports.
 *
 * - `--allow-run` names no program: Deno lets a process end a group of processes only if it may run any, and commands that
 *   are late are ended by group. What there is to run is what the image holds.
 * - `--allow-env` names no variable: the environment is handed on as a whole, and libraries look at names of their own.
 * - Writing: the image's state folder and its temporary folder. On a workstation `agent keygen FILE` and
 *   `outbox.spool.directory` write where they are told to.
 */
const PERMISSIONS: Readonly<Record<Profile, readonly string[]>> = {
  image: ["--allow-write=/var/lib/agent,/tmp"],
  workstation: ["--allow-write"],
};

export const isProfile = (text: string): text is Profile => text in PERMISSIONS;

/** The options of `deno run` and `deno compile` for a profile. */
export function runtimePermissions(profile: Profile): readonly string[] {
  return [
    "--no-prompt",
    "--allow-net",
    "--allow-read",
    "--allow-env",
    "--allow-sys",
    "--allow-run",
    ...PERMISSIONS[profile],
  ];
}
