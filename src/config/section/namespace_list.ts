import { textListField } from "../field.ts";

/** A list of namespace names (DNS labels, RFC 1123). */
export function namespaceListField(description: string) {
  return textListField({
    description,
    allowed: "a namespace's name: lower-case letters, digits and -, at most 63",
    pattern: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  });
}
