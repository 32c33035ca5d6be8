import { isUpdate, type Report } from "../../src/bus/subscribe_events.ts";
import { formatEventLine } from "../event_line.ts";
import { FOLDED, foldedEvidence } from "../evidence_digest.ts";
import { causeLine, updateLine } from "../incident_line.ts";
import { wrapLine } from "../wrap_line.ts";

/** What a line goes on with begins below its severity. */
const INDENT = FOLDED + FOLDED;

interface ReportLineOptions {
  readonly colour: boolean;
  /** Columns of the terminal; `null`: nothing is cut or wrapped. */
  readonly width: number | null;
}

/** The lines for what the agent tells. */
interface ReportLines {
  /** None for what is no part of a story for people. */
  of(report: Report, options: ReportLineOptions): readonly string[];
}

/** Creates it; it remembers which causes were shown. */
export function createReportLines(): ReportLines {
  const shown = new Set<string>();
  return {
    of(report, options) {
      const { colour, width } = options;
      if (isUpdate(report)) return updateLines(report, options);
      const causes = (report.caused_by ?? []).filter(({ object }) => {
        const key = `${report.incident?.id} ${object}`;
        return !shown.has(key) && shown.add(key);
      });
      return [
        formatEventLine(report, { ...options, cluster: null }),
        ...causes.flatMap((cause) => wrapLine(causeLine(report, cause, { colour }), width, INDENT)),
      ];
    },
  };
}

function updateLines(
  update: Extract<Report, { kind: string }>,
  { colour, width }: ReportLineOptions,
): readonly string[] {
  const line = updateLine(update, { colour });
  if (line === null) return [];
  if (update.kind !== "evidence") return wrapLine(line, width, INDENT);
  const found = foldedEvidence(update, width);
  return found.length === 0 ? [] : [...wrapLine(line, width, INDENT), ...found]; // `agent incident` shows what there is besides
}
