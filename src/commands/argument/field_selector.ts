// A path into the object (`involvedObject.name`, `metadata.namespace`), an operator, and a value in which `\`, `,` and
// `=` are escaped with a backslash, as apimachinery's fields.ParseSelector reads it.
const REQUIREMENT = /^[A-Za-z][A-Za-z0-9._/\[\]-]{0,252}(?:==|!=|=)(?:[^\\,=]|\\[\\,=]){0,512}$/;

/** Reads a field selector (`status.phase!=Running,spec.nodeName=a`), or returns `null` when it is none. */
export function parseFieldSelector(text: string): string | null {
  const requirements = text.split(/(?<!\\),/).map((requirement) => requirement.trim());
  return requirements.every((requirement) => REQUIREMENT.test(requirement)) ? requirements.join(",") : null;
}
