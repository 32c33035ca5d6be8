import type { Redaction } from "./redaction.ts";
import type { Redactor } from "./redactor.ts";
import { isSecretValue } from "./secret_value.ts";

/** The last part of a path at the end of a line, and below it one word. */
const PATH_AND_VALUE =
  /(?<=[/:])(?<name>[\w.-]{1,64})["']?[ \t]{0,4}(?:\r?\n[ \t]{0,64}){1,3}(?<quote>["']?)(?<value>[^\s"'/:]{6,512})\k<quote>[ \t]{0,4}\r?(?:\n|$)/dg;

/**
 * What a store of keys and values answers (`etcdctl get …/db_password`), or a file holds that a program names, when the
 * path says secret. One word alone says little, so it must look like a secret itself.
 */
export function findPathValues(text: string, redactor: Redactor): Redaction[] {
  const found: Redaction[] = [];
  if (!text.includes("\n")) return found;
  for (const { groups, indices } of text.matchAll(PATH_AND_VALUE)) {
    const name = redactor.gradeName(groups?.["name"] ?? "");
    const place = indices?.groups?.["value"];
    if (place === undefined || name.grade !== "strong") continue;
    if (isSecretValue(groups?.["value"] ?? "", { ...name, hexToo: true }, "prose")) {
      found.push({ rule: "assignment", start: place[0], end: place[1] });
    }
  }
  return found;
}
