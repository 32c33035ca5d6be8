/** The shells that a completion script can be written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** What a completion script has to ask the program for: it is not known when the script is written. */
export const COMPLETED_KINDS = ["clusters", "contexts", "kube-contexts", "reasons", "rules", "streams"] as const;
export type CompletedKind = (typeof COMPLETED_KINDS)[number];
