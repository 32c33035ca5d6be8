import type { Subject } from "./incident_key.ts";

/** What faults of several owners may have in common, by the words of a fault of some category. */
interface SharedRule {
  readonly kind: string;
  readonly categories: ReadonlySet<string>;
  /** Finds the name in the beginning of a message; each is linear in the text. */
  readonly pattern: RegExp;
  readonly name: (found: string) => string;
}

/** Longer messages say it in their beginning, or not at all. */
const MESSAGE_LIMIT = 1_024;
const NAME_LIMIT = 253;

const SHARED_RULES: readonly SharedRule[] = [
  {
    kind: "registry",
    categories: new Set(["image"]),
    pattern: /image "?([a-zA-Z0-9@][\w.:/@-]{0,500})/,
    name: registryOf,
  },
  {
    kind: "webhook",
    categories: new Set(["admission", "quota", "deployment", "job"]),
    pattern: /failed calling webhook "([a-z0-9.-]{1,253})"/,
    name: (found) => found,
  },
  {
    kind: "StorageClass",
    categories: new Set(["volume", "scheduling"]),
    pattern: /[Ss]torage ?[Cc]lass(?:\.storage\.k8s\.io)?,? "([a-z0-9.-]{1,253})"/,
    name: (found) => found,
  },
  {
    kind: "provisioner",
    categories: new Set(["volume"]),
    pattern: /provisioner '?"?([a-z0-9.-]{1,63}\.[a-z0-9./-]{1,190})/,
    name: (found) => found,
  },
];

/** What a fault has in common with others by its message; `null` where it names nothing. */
export function sharedSubjectOf(category: string, message: string): Subject | null {
  const text = message.length > MESSAGE_LIMIT ? message.slice(0, MESSAGE_LIMIT) : message;
  for (const { kind, categories, pattern, name } of SHARED_RULES) {
    if (!categories.has(category)) continue;
    const found = pattern.exec(text)?.[1];
    const subject = found === undefined ? "" : name(found).slice(0, NAME_LIMIT);
    if (subject !== "") return { kind, name: subject };
  }
  return null;
}

/** The registry of an image reference; Docker's own where it names none (github.com/distribution/reference). */
function registryOf(image: string): string {
  const slash = image.indexOf("/");
  const first = slash === -1 ? "" : image.slice(0, slash);
  const isHost = first.includes(".") || first.includes(":") || first === "localhost";
  return isHost ? first.slice(first.lastIndexOf("@") + 1).toLowerCase() : "docker.io";
}
