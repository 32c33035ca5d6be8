import { posix } from "node:path";
import { findCircles } from "./find_circles.ts";
import type { Mention } from "./mention.ts";
import type { ImportFact, SourceFacts } from "./source_facts.ts";

/** One thing that is not as it must be. */
export interface Violation {
  readonly rule: string;
  /** `path:line`, or the path. */
  readonly where: string;
  readonly what: string;
}

export interface ArchitectureRule {
  readonly id: string;
  check(files: readonly SourceFacts[]): readonly Violation[];
}

/**
 * The layers from the ground up. A file imports its own folder and what stands lower, never a neighbour on its own
 * level: that is why events, metrics, commands and cluster do not know each other.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["src/lifecycle"],
  ["src/wire"],
  ["src/redaction", "src/fleet"],
  ["src/telemetry"],
  ["src/kube"],
  ["src/state", "src/lead"],
  ["src/outbox"],
  ["src/inventory"],
  ["src/incidents"],
  ["src/cluster", "src/events", "src/report", "src/commands", "src/objects", "src/evidence"],
  ["src/bus"],
  ["src/config"],
  ["src/health"],
  ["src/agent"],
  ["cli"],
];

/** The one file of the program that may start a process. */
const PROCESS_STARTER = "src/commands/run_process.ts";
/** The one file that loads the heavy Kubernetes package. */
const CREDENTIALS = "src/kube/credentials.ts";
/** The files that know OpenTelemetry; they are loaded only when somebody asks for traces. */
const OTEL = new Set(["src/telemetry/otel_tracing.ts", "src/telemetry/export_traces.ts"]);
const MAIN = "cli/main.ts";
/** The one part of the program that runs on the sandbox. */
const DEMO = "cli/demo/";
const POLLER = "sandbox/eventually.ts";
const LINE_LIMIT = 400;
const TEST_LINE_LIMIT = 600;
const FUNCTION_LINE_LIMIT = 120;

const BANNED_NAMES = /(^|_)(utils?|helpers?|common|misc|managers?)(_|$)/;
const isTest = ({ path }: SourceFacts) => path.endsWith("_test.ts");
const isProgram = (file: SourceFacts) => /^(src|cli)\//.test(file.path) && !isTest(file);
const isTestCode = (file: SourceFacts) => isTest(file) || /^(test|sandbox)\//.test(file.path);
/** What is built or builds: it must work where there are no tests. */
const isProduct = (file: SourceFacts) => /^(src|cli|tasks|sandbox)\//.test(file.path) && !isTest(file);

/** The layer's number and name, or `null` for tests, tasks and packages. */
function layerOf(path: string): { level: number; name: string } | null {
  for (const [level, names] of LAYERS.entries()) {
    const name = names.find((candidate) => path === candidate || path.startsWith(`${candidate}/`));
    if (name !== undefined) return { level, name };
  }
  return null;
}

const place = ({ path }: SourceFacts, { line }: { line: number }) => `${path}:${line}`;

/** A rule about each import of the program's own files, or of those that `concerns` picks. */
function importRule(
  id: string,
  problem: (file: SourceFacts, imported: ImportFact) => string | null,
  concerns: (file: SourceFacts) => boolean = isProgram,
): ArchitectureRule {
  return {
    id,
    check: (files) =>
      files.filter(concerns).flatMap((file) =>
        file.imports.flatMap((imported) => {
          const what = problem(file, imported);
          return what === null ? [] : [{ rule: id, where: place(file, imported), what }];
        })
      ),
  };
}

/** A rule about each mention of something in the files that `concerns` picks. */
function mentionRule<T extends Mention>(
  id: string,
  concerns: (file: SourceFacts) => boolean,
  mentions: (file: SourceFacts) => readonly T[],
  problem: (mention: T, file: SourceFacts) => string | null,
): ArchitectureRule {
  return {
    id,
    check: (files) =>
      files.filter(concerns).flatMap((file) =>
        mentions(file).flatMap((mention) => {
          const what = problem(mention, file);
          return what === null ? [] : [{ rule: id, where: place(file, mention), what }];
        })
      ),
  };
}

/** A rule about a file as a whole. */
function fileRule(id: string, problem: (file: SourceFacts) => string | null): ArchitectureRule {
  return {
    id,
    check: (files) =>
      files.flatMap((file) => {
        const what = problem(file);
        return what === null ? [] : [{ rule: id, where: file.path, what }];
      }),
  };
}

export const ARCHITECTURE_RULES: readonly ArchitectureRule[] = [
  importRule("imports run downwards", (file, { target }) => {
    const from = layerOf(file.path);
    const to = layerOf(target);
    if (from === null || to === null || from.name === to.name || to.level < from.level) return null;
    return `${from.name} must not import ${target}: ${
      to.level === from.level ? "it is a neighbour; meet in src/wire or src/outbox" : "it stands higher"
    }`;
  }),
  fileRule("every folder of src has a layer", ({ path }) => {
    if (!path.startsWith("src/") || layerOf(path) !== null) return null;
    return "it belongs to no layer; give its folder a place in LAYERS";
  }),
  importRule(
    "a product does not know its tests",
    ({ path }, { target }) => {
      if (target.startsWith("test/")) return `${target} is for tests; move what both need to sandbox/ or tasks/`;
      return target.startsWith("tasks/") && !path.startsWith("tasks/") ? `${target} is for building` : null;
    },
    isProduct,
  ),
  importRule(
    "the sandbox stands on its own",
    (_file, { target }) =>
      /^(src|cli)\//.test(target) ? `${target}: the sandbox must not share the agent's faults` : null,
    (file) => file.path.startsWith("sandbox/") && !isTest(file),
  ),
  importRule("only the demo runs on the sandbox", (file, { target, dynamic }) => {
    if (!target.startsWith("sandbox/")) return null;
    if (!file.path.startsWith(DEMO)) return `only ${DEMO} may import ${target}`;
    return dynamic ? "import it statically inside the demo, so that a bundler sees it" : null;
  }),
  importRule("the demo is loaded only when it is asked for", (file, { target, dynamic, typeOnly }) => {
    if (!target.startsWith(DEMO) || file.path.startsWith(DEMO) || dynamic || typeOnly) return null;
    return `import("…/${posix.basename(target)}") inside the action: the agent must not load it at its start`;
  }),
  importRule(
    "health knows lifecycle only",
    ({ path }, { target }) =>
      path.startsWith("src/health/") && /^(src|cli)\//.test(target) && !/^src\/(health|lifecycle)\//.test(target)
        ? `${target}: let the part tell it as a condition or as its status`
        : null,
  ),
  importRule("only src/bus speaks NATS", ({ path }, { target }) => {
    if (!target.startsWith("@nats-io/") || path.startsWith("src/bus/")) return null;
    if (path.startsWith("src/commands/") && target === "@nats-io/nkeys") return null;
    if (path.startsWith("cli/") && target === "@nats-io/nkeys") return null;
    return `${target} is for src/bus`;
  }),
  importRule("client-node is loaded by one file, lazily", ({ path }, { target, typeOnly, dynamic }) => {
    if (!target.startsWith("@kubernetes/client-node")) return null;
    if (typeOnly) return path.startsWith("src/kube/") ? null : "its types are for src/kube";
    if (path !== CREDENTIALS) return `only ${CREDENTIALS} may load it`;
    return dynamic ? null : "load it with import() inside the function that needs it";
  }),
  importRule("OpenTelemetry is loaded only when traces are asked for", ({ path }, { target, typeOnly, dynamic }) => {
    if (target.startsWith("@opentelemetry/") && !OTEL.has(path)) return `${target} is for ${[...OTEL].join(" and ")}`;
    if (!OTEL.has(target) || typeOnly || dynamic) return null;
    return `load ${target} with import() inside the function that needs it`;
  }),
  importRule("one file starts processes", ({ path }, { target, typeOnly }) => {
    if (!/^(node:)?child_process$/.test(target) || typeOnly || path === PROCESS_STARTER) return null;
    return `only ${PROCESS_STARTER} may start a process`;
  }),
  importRule(
    "imports can be read",
    (_file, { target }) =>
      target.startsWith("computed:") ? "a bundler and this test can't follow a computed import" : null,
  ),
  mentionRule(
    "no Deno globals",
    isProgram,
    ({ accesses }) => accesses,
    ({ text }) =>
      /^Deno\./.test(text) || text === "globalThis.Deno" ? `${text}: use node: built-ins and Web APIs` : null,
  ),
  mentionRule(
    "only the main file ends the process or listens to signals",
    isProgram,
    ({ accesses }) => accesses,
    ({ text }, { path }) => {
      const banned = /^process\.(exit|abort|reallyExit|on|once|addListener|exitCode)$/.test(text);
      return banned && path !== MAIN ? `${text} belongs in ${MAIN}` : null;
    },
  ),
  mentionRule("no way around the type checker", isProgram, ({ escapes }) => escapes, ({ text }) => text),
  mentionRule(
    "handle… is for handlers",
    isProgram,
    ({ exportedNames }) => exportedNames,
    ({ text }) => /^handle[A-Z]/.test(text) ? `${text}: say what it does` : null,
  ),
  mentionRule(
    "a Prometheus registry is telemetry, never metrics",
    (file) => isProgram(file) && !file.path.startsWith("src/report/"),
    ({ namedThings }) => namedThings,
    ({ text, about }) =>
      /^metrics$/i.test(text) && /\b(Telemetry|telemetry|createTelemetry|Registry)\b/.test(about)
        ? "metrics are what the agent reports of a cluster: call it telemetry"
        : null,
  ),
  mentionRule(
    "a Prometheus registry is telemetry, never metrics",
    ({ path }) => path.startsWith("src/telemetry/"),
    ({ exportedNames }) => exportedNames,
    ({ text }) => /metrics/i.test(text) ? `${text}: metrics are what the agent reports of a cluster` : null,
  ),
  mentionRule(
    "the status page is snake_case",
    ({ path }) => /^src\/agent\/\w+_part\.ts$/.test(path) || path.startsWith("src/health/"),
    ({ statusKeys }) => statusKeys,
    ({ text }) => /^[a-z0-9_]+$/.test(text) || text.startsWith("[") ? null : `${text}: spell the key as JSON has it`,
  ),
  fileRule("names say what a file is", ({ path }) => {
    const banned = path.split("/").map((part) => part.replace(/(_test)?\.(d\.)?ts$/, ""))
      .find((part) => BANNED_NAMES.test(part) || part.startsWith("handle_"));
    if (banned !== undefined) return `"${banned}" says nothing`;
    return /^[a-z0-9_./]+$/.test(path) ? null : "names are snake_case";
  }),
  fileRule("files are short", (file) => {
    const limit = isTestCode(file) ? TEST_LINE_LIMIT : LINE_LIMIT;
    return file.lineCount > limit ? `${file.lineCount} lines; above ${limit} it is two ideas` : null;
  }),
  mentionRule(
    "functions are short",
    isProduct,
    ({ functions }) => functions.map(({ name, line, ownLines }) => ({ text: name, line, ownLines })),
    ({ text, ownLines }) => ownLines > FUNCTION_LINE_LIMIT ? `${text} has ${ownLines} lines` : null,
  ),
  {
    id: "no file imports itself in a circle",
    check(files) {
      return findCircles(files.filter(isProduct)).map((circle) => ({
        rule: this.id,
        where: circle[0] ?? "",
        what: `${[...circle, circle[0]].join(" -> ")}; put what both need into a file of its own`,
      }));
    },
  },
  fileRule("no barrels", ({ path, onlyReexports }) => {
    if (!path.startsWith("src/")) return null;
    const named = /\/(index|mod)\.ts$/.test(path);
    return named || onlyReexports ? "import from the file that has it" : null;
  }),
  {
    id: "test names are unique",
    check(files) {
      const seen = new Map<string, string>();
      return files.flatMap((file) =>
        file.testNames.flatMap((name) => {
          const first = seen.get(name.text);
          seen.set(name.text, first ?? place(file, name));
          if (first === undefined) return [];
          return [{ rule: this.id, where: place(file, name), what: `"${name.text}" is also at ${first}` }];
        })
      );
    },
  },
  mentionRule(
    "tests do not sleep",
    isTestCode,
    (file) => [
      ...file.sleeps,
      ...file.imports.filter(({ target }) => target === "node:timers/promises")
        .map(({ target, line }) => ({ text: target, line })),
      ...file.accesses.filter(({ text }) => text === "Atomics.wait"),
    ],
    ({ text }, { path }) => path === POLLER ? null : `${text}: wait with eventually()`,
  ),
];

/** Everything that is not as it must be, in all files. */
export function checkArchitecture(files: readonly SourceFacts[]): readonly Violation[] {
  return ARCHITECTURE_RULES.flatMap((rule) => rule.check(files));
}
