import { type ConfigProblem, formatProblem } from "../../src/config/config_problem.ts";
import { configJsonSchema } from "../../src/config/config_json_schema.ts";
import type { Config } from "../../src/config/config_schema.ts";
import { formatEffectiveConfig } from "../../src/config/effective_config.ts";
import {
  type ConfigLayers,
  DEFAULT_CONFIG_PATH,
  loadConfig,
  loadConfigContent,
  type LoadedConfig,
} from "../../src/config/load_config.ts";
import { formatOrigin, type Override } from "../../src/config/origin.ts";
import { readConfigStream } from "../../src/config/read_config_file.ts";
import type { KubeAccessOptions } from "../../src/kube/open_kube_access.ts";
import { errorMessage } from "../../src/lifecycle/errors.ts";
import { checkKube } from "../check_kube.ts";
import type { CliContext } from "../cli_context.ts";
import { formatCheck, sumOfChecks } from "../checks_text.ts";
import type { ConnectionCheck, ConnectionChecks } from "../connection_check.ts";
import { EXIT_CODE, exitCodeOf } from "../exit_code.ts";
import { configurationEnv, createNatsFallback, readNatsSurroundings } from "../nats_fallback.ts";
import { formatData } from "../output_form.ts";
import type { OutputForm } from "../output_option.ts";

interface ValidateConfigOptions {
  /** "-" is standard input; absent is the default file. */
  readonly file?: string;
  readonly checks: ConnectionChecks;
  readonly connect: boolean;
  readonly effective: boolean;
  readonly schema: boolean;
  readonly output: OutputForm;
  readonly overrides: readonly Override[];
  /** A context of the `nats` program, for `connect` alone: `agent run` knows none. */
  readonly natsContext?: string;
  readonly kubeAccess: KubeAccessOptions;
}

/** Checks a configuration and says all that is wrong with it. Exit code 78 where something is. */
export async function runValidateConfig(context: CliContext, options: ValidateConfigOptions): Promise<void> {
  if (options.schema) {
    context.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return;
  }
  const loaded = await load(context, options);
  if (loaded.kind === "invalid") {
    reportProblems(context, options, loaded.problems);
    context.setExitCode(EXIT_CODE.badConfiguration);
    return;
  }
  if (options.connect) tellBorrowedServers(context, loaded);
  const checks = options.connect ? await runChecks(context, options, loaded.config) : [];
  reportValid(context, options, loaded, checks);
  const failed = checks.find((check) => !check.ok);
  if (failed !== undefined) context.setExitCode(exitCodeOf(failed.failure ?? "failed"));
}

async function load(context: CliContext, options: ValidateConfigOptions): Promise<LoadedConfig> {
  const layers = await layersOf(context, options);
  if (options.file === "-") return await loadConfigContent("<stdin>", await readConfigStream(context.stdin), layers);
  return await loadConfig(options.file === undefined ? layers : { ...layers, path: options.file });
}

/** A person who tries a connection means the servers that the `nats` program would use, where the file names none. */
async function layersOf(context: CliContext, options: ValidateConfigOptions): Promise<ConfigLayers> {
  if (!options.connect) return { env: context.env, flags: options.overrides };
  const notice = (text: string) => void context.stderr.write(`${text}\n`);
  const fallback = createNatsFallback(await readNatsSurroundings(context.env, options.natsContext, notice));
  return { env: configurationEnv(context.env), flags: options.overrides, fallback };
}

function reportProblems(context: CliContext, options: ValidateConfigOptions, problems: readonly ConfigProblem[]): void {
  if (options.output !== "text") {
    context.stdout.write(formatData(options.output, { valid: false, problems: problems.map(toJson) }));
    return;
  }
  context.stdout.write(problems.map((problem) => `${formatProblem(problem)}\n`).join(""));
  context.stderr.write(`${problems.length} problem${problems.length === 1 ? "" : "s"} in the configuration\n`);
}

function toJson({ origin, path, message, seen, allowed, nearest }: ConfigProblem) {
  const place = origin.kind === "file" ? { file: origin.file, line: origin.line, column: origin.column } : null;
  return {
    source: origin.kind,
    ...(place ?? { file: null, line: null, column: null }),
    variable: origin.kind === "environment" ? origin.variable : null,
    option: origin.kind === "flag" ? origin.flag : null,
    path,
    message,
    seen: seen ?? null,
    allowed: allowed ?? null,
    nearest: nearest ?? null,
  };
}

/** `agent run` would not go there: it knows no variables and contexts of the `nats` program. */
function tellBorrowedServers(context: CliContext, { originOf }: Extract<LoadedConfig, { kind: "ok" }>): void {
  const origin = originOf(["central_endpoint"]);
  const borrowed = origin.kind === "nats_context" || origin.kind === "default" ||
    (origin.kind === "environment" && origin.variable === "NATS_URL");
  if (!borrowed) return;
  const from = origin.kind === "default" ? "the usual address on this machine" : formatOrigin(origin);
  context.stderr.write(`The configuration names no central_endpoint, which agent run needs; trying ${from}\n`);
}

function reportValid(
  context: CliContext,
  options: ValidateConfigOptions,
  loaded: Extract<LoadedConfig, { kind: "ok" }>,
  checks: readonly ConnectionCheck[],
): void {
  const effective = options.effective ? formatEffectiveConfig(loaded.config, loaded.originOf) : null;
  if (options.output !== "text") {
    const extra = { ...(effective === null ? {} : { effective }), ...(options.connect ? { checks } : {}) };
    context.stdout.write(formatData(options.output, { valid: true, problems: [], ...extra }));
    return;
  }
  if (effective !== null) context.stdout.write(effective);
  context.stdout.write(checks.map(formatCheck).join(""));
  const name = options.file === "-"
    ? "standard input"
    : options.file ?? `${DEFAULT_CONFIG_PATH} (if there) and environment`;
  (effective === null && checks.length === 0 ? context.stdout : context.stderr)
    .write(`${name}: the configuration is valid${sumOfChecks(checks)}\n`);
}

async function runChecks(
  context: CliContext,
  { checks, kubeAccess }: ValidateConfigOptions,
  config: Config,
): Promise<ConnectionCheck[]> {
  const results = [...await checks.checkNats(config, context.signal)];
  try {
    const kube = await checks.openKube(kubeAccess);
    try {
      results.push(...await checkKube(kube, config, context.signal));
    } finally {
      kube.client.close();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    results.push({ check: "kubernetes access", ok: false, detail: errorMessage(error), failure: "unreachable" });
  }
  return results;
}
