import { applyStreamStep, planFleetStreams, type StreamStep } from "../../src/bus/fleet_streams.ts";
import type { Override } from "../../src/config/origin.ts";
import type { CliContext } from "../cli_context.ts";
import { EXIT_CODE } from "../exit_code.ts";
import { openBus } from "./open_bus.ts";

interface FleetSetupOptions {
  readonly config?: string;
  readonly context?: string;
  readonly apply: boolean;
  readonly replicas: number;
  readonly flags: readonly Override[];
}

/** Shows what JetStream lacks for the fleet, and does it with `apply`. Ends with 1 where something is left to do. */
export async function runFleetSetup(context: CliContext, options: FleetSetupOptions): Promise<void> {
  const { nats, config } = await openBus(context, { ...options, purpose: "fleet-setup" });
  try {
    const layout = { prefix: config.subject_prefix, template: config.subject_template };
    const { steps, inTheWay } = await planFleetStreams(nats, layout, options.replicas);
    for (const { name, subject } of inTheWay) {
      context.stderr.write(
        `The stream ${name} holds ${subject} already; two streams can't: copy what you need of it, remove it ` +
          "(nats stream rm), and run this again\n",
      );
    }
    for (const step of steps) context.stdout.write(describe(step));
    const open = steps.filter(({ kind }) => kind !== "keep");
    if (inTheWay.length > 0) return context.setExitCode(EXIT_CODE.no);
    if (open.length === 0) return void context.stdout.write("Everything is as it should be\n");
    if (!options.apply) {
      context.stdout.write("Nothing was changed; --apply does it\n");
      return context.setExitCode(EXIT_CODE.no);
    }
    for (const step of open) {
      await applyStreamStep(nats, step);
      context.stdout.write(`${step.settings.name}: ${step.kind === "create" ? "created" : "changed"}\n`);
    }
  } finally {
    await nats.close().catch(() => {});
  }
}

function describe(step: StreamStep): string {
  const { name, subjects } = step.settings;
  switch (step.kind) {
    case "create":
      return `+ ${name}: create, for ${subjects.join(" ")}\n`;
    case "keep":
      return `= ${name}\n`;
    case "change":
      return step.changes.map(({ setting, now, wanted }) =>
        `~ ${name}: ${setting} ${JSON.stringify(now)} -> ${JSON.stringify(wanted)}\n`
      ).join("");
  }
}
