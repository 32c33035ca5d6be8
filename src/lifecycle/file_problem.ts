import { errorCode, errorMessage } from "./errors.ts";

/** What the system's codes mean for the person who named a file. */
const WORDS: Readonly<Record<"read" | "write", Readonly<Record<string, string>>>> = {
  read: {
    ENOENT: "there is no such file",
    ENOTDIR: "a part of the path before its name is no folder",
    EISDIR: "it is a folder; name the file in it",
    EACCES: "this user may not read it",
    EPERM: "this user may not read it",
  },
  write: {
    ENOENT: "there is no such folder",
    ENOTDIR: "a part of the path before its name is no folder",
    EISDIR: "it is a folder; name a file in it",
    EACCES: "this user may not write there",
    EPERM: "this user may not write there",
    EROFS: "what is there may only be read",
    ENOSPC: "no space is left",
  },
};

/** Why a file could not be read or written, without the path, which the sentence around it names. */
export function fileProblem(doing: "read" | "write", error: unknown): string {
  return WORDS[doing][errorCode(error) ?? ""] ?? errorMessage(error);
}
