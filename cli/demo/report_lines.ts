import { stripVTControlCharacters } from "node:util";
import { isUpdate, type Report } from "../../src/bus/subscribe_events.ts";
import { displayWidth } from "../display_width.ts";
import { formatEventLine } from "../event_line.ts";
import { FOLDED, foldedEvidence } from "../evidence_digest.ts";
import { causeLine, updateLine } from "../incident_line.ts";

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
        ...causes.flatMap((cause) => wrap(causeLine(report, cause, { colour }), width)),
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
  if (update.kind !== "evidence") return wrap(line, width);
  const found = foldedEvidence(update, width);
  return found.length === 0 ? [] : [...wrap(line, width), ...found]; // `agent incident` shows what there is besides
}

/** A line in lines of at most `width` columns, broken at blanks. */
function wrap(line: string, width: number | null): readonly string[] {
  if (width === null) return [line];
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current.trim() === "" || displayWidth(stripVTControlCharacters(longer)) <= width) current = longer;
    else {
      lines.push(current);
      current = `${FOLDED}${FOLDED}${word}`;
    }
  }
  return [...lines, current];
}
