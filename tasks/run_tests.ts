import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import { errorMessage } from "../src/lifecycle/errors.ts";
import { FAULT_REPORT, renderFaultReport } from "./fault_report.ts";
import { FLEET_REPORT, renderFleetReport } from "./fleet_report.ts";
import { HOSTILE_REPORT, renderHostileReport } from "./hostile_report.ts";
import { renderReplicaReport, REPLICA_REPORT } from "./replica_report.ts";
import { findTool } from "../sandbox/find_tool.ts";
import { readRows } from "./suite_report.ts";

const CORES = availableParallelism();

/**
 * A set of tests that is run in one go, so many files at a time: one where tests start servers that want the machine for
 * themselves.
 */
const SUITES = {
  unit: { paths: ["src", "cli", "tasks", "sandbox"], jobs: CORES },
  integration: {
    paths: ["test"],
    ignore: ["test/binary", "test/e2e", "test/faults", "test/fleet", "test/hostile", "test/replicas"],
    jobs: 2 * CORES, // they mostly wait
  },
  /** What the sources' own command line is tested with, on the executable that was built; and what lies beside it. */
  binary: {
    paths: [
      "cli",
      "test/binary",
      "test/integration/exec_test.ts",
      "test/integration/traces_test.ts",
      "test/integration/validate_config_connect_test.ts",
    ],
    ignore: [],
    jobs: CORES,
    binary: true,
  },
  e2e: { paths: ["test/e2e"], ignore: [], jobs: CORES }, // each file has a control plane of its own
  faults: { paths: ["test/faults"], ignore: [], jobs: CORES },
  /** One attack at a time: what is measured is the agent. */
  hostile: { paths: ["test/hostile"], ignore: [], jobs: 1 },
  /** Several replicas of the program; REPLICAS_LONG=1 is the form for a quiet machine. */
  replicas: { paths: ["test/replicas"], ignore: [], jobs: 1 },
  /** Hundreds of agents in a few processes; `deno task fleet:sim` has thousands. */
  fleet: { paths: ["test/fleet"], ignore: [], jobs: 1 },
} as const;
/** The executable that the suite `binary` runs. */
const BINARY = process.env.AGENT_BINARY ?? "dist/agent";
type SuiteName = keyof typeof SUITES;

interface Totals {
  passed: number;
  failed: number;
  skipped: string[];
}

const SUMMARY = /\| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed/;
const SKIPPED = /^(.*) \.\.\. ignored/;

/** Runs one suite, its output passed through, and reads the totals from its last line. */
async function runSuite(name: SuiteName, totals: Totals): Promise<void> {
  const suite = SUITES[name];
  const paths = suite.paths.filter((path) => existsSync(path));
  if (paths.length === 0) return;
  const ignore = "ignore" in suite && suite.ignore.length > 0 ? [`--ignore=${suite.ignore.join(",")}`] : [];
  const args = ["test", "-A", "--no-check", ...(suite.jobs > 1 ? ["--parallel"] : []), ...ignore, ...paths];
  process.stdout.write(`\n== ${name}: deno ${args.join(" ")}\n`);
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      DENO_JOBS: `${suite.jobs}`,
      ...("binary" in suite ? { AGENT_BINARY: BINARY } : {}),
    },
  });
  let rest = "";
  let summary: RegExpExecArray | null = null;
  child.stdout.setEncoding("utf8");
  for await (const chunk of child.stdout) {
    process.stdout.write(chunk);
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines.map(stripVTControlCharacters)) {
      const skipped = SKIPPED.exec(line);
      if (skipped?.[1] !== undefined) totals.skipped.push(skipped[1]);
      summary = SUMMARY.exec(line) ?? summary;
    }
  }
  const exitCode = child.exitCode ??
    await new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 1)));
  totals.passed += Number(summary?.[1] ?? 0);
  const failed = Number(summary?.[2] ?? 0);
  // A suite that ends badly without a failed test (a type error, a leak outside a test) has failed as a whole.
  totals.failed += exitCode !== 0 && failed === 0 ? 1 : failed;
}

/** The fault scenarios and the attacks run the program as it ships. */
async function bundleAgent(): Promise<void> {
  const child = spawn(process.execPath, ["run", "-A", "tasks/bundle.ts"], { stdio: ["ignore", "ignore", "inherit"] });
  const [exitCode] = await once(child, "close");
  if (exitCode !== 0) throw new Error("The bundle could not be made");
}

/** A file for the rows of this run, in the variable by which tests know it. */
function openReport<T>(variable: string, render: (rows: readonly T[]) => string) {
  const file = process.env[variable] ??= join(tmpdir(), `agent-${variable.toLowerCase()}-${process.pid}.jsonl`);
  return {
    async print(): Promise<void> {
      const rows = await readRows<T>(file);
      if (rows.length > 0) process.stdout.write(`\n${render(rows)}`);
      await rm(file, { force: true });
    },
  };
}

function isSuite(name: string): name is SuiteName {
  return name in SUITES;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !isSuite(name));
if (unknown.length > 0) {
  process.stderr.write(`Unknown suite ${unknown.join(", ")}; there are: ${Object.keys(SUITES).join(", ")}\n`);
  process.exit(2);
}
if (wanted.includes("binary") && !existsSync(BINARY)) {
  process.stderr.write(`There is no ${BINARY} to test; run "deno task build" first, or name one with AGENT_BINARY\n`);
  process.exit(1);
}
// Once and before everything else: suites run in parallel, and each would build it for itself.
try {
  process.env.NATS_SERVER = await findTool("nats-server");
} catch (error) {
  process.stderr.write(`${errorMessage(error)}\n`); // The tests that need it fail with the same words.
}
const totals: Totals = { passed: 0, failed: 0, skipped: [] };
// Tests run in processes of their own; each that is a row of a table adds it here.
const reports = [
  openReport(FAULT_REPORT, renderFaultReport),
  openReport(HOSTILE_REPORT, renderHostileReport),
  openReport(REPLICA_REPORT, renderReplicaReport),
  openReport(FLEET_REPORT, renderFleetReport),
];
for (const name of wanted.length === 0 ? ["unit", "integration"] : wanted) {
  if (name === "faults" || name === "fleet" || name === "hostile" || name === "replicas") await bundleAgent();
  if (isSuite(name)) await runSuite(name, totals);
}
for (const report of reports) await report.print();
if (totals.skipped.length > 0) {
  process.stdout.write(`\nSkipped (what each needs was not found; its name says what):\n`);
  for (const name of totals.skipped) process.stdout.write(`  ${name}\n`);
}
const skipped = totals.skipped.length > 0 ? `, ${totals.skipped.length} skipped` : "";
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
process.exit(totals.failed > 0 ? 1 : 0);
