import * as z from "zod";

const spoolRowSchema = z.object({ recordsPerSecond: z.number(), cpuMicrosPerRecord: z.number() });
export type SpoolRow = z.infer<typeof spoolRowSchema>;

/** What the spool's process answers, as one JSON object on standard output. */
export const spoolFiguresSchema = z.object({
  rows: z.record(z.string(), spoolRowSchema),
  /** Opening a folder with as many records, and reading them back. */
  restart: spoolRowSchema.extend({ openMs: z.number() }),
});
export type SpoolFigures = z.infer<typeof spoolFiguresSchema>;
