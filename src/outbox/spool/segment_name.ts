import { findLane, type LaneName } from "./spool_lane.ts";

/** What a segment file's name says. */
export interface SegmentName {
  readonly lane: LaneName;
  /** The sequence of the first record that may be in it. */
  readonly firstSequence: number;
  /** 32 random bits that seed every checksum inside. */
  readonly salt: number;
}

const SEGMENT_NAME = /^(?<lane>[a-z]+)-(?<first>\d{15})-(?<salt>[0-9a-f]{8})\.segment$/;

/** `low-000000000000042-5f3a9c01.segment`: the names of a lane sort in the order of their records. */
export function formatSegmentName(name: SegmentName): string {
  return `${name.lane}-${String(name.firstSequence).padStart(15, "0")}-${
    name.salt.toString(16).padStart(8, "0")
  }.segment`;
}

/** The reverse, or null for a file that is none of the spool's. */
export function parseSegmentName(fileName: string): SegmentName | null {
  const groups = SEGMENT_NAME.exec(fileName)?.groups;
  const lane = findLane(groups?.lane ?? "");
  if (groups === undefined || lane === undefined) return null;
  return { lane: lane.name, firstSequence: Number(groups.first), salt: parseInt(groups.salt ?? "", 16) };
}

const ACKNOWLEDGED_SUFFIX = ".acknowledged";

/** The file beside a segment that lists which of its records are done with. */
export function acknowledgedFileOf(segmentFile: string): string {
  return segmentFile + ACKNOWLEDGED_SUFFIX;
}

/** The segment that `fileName` lists acknowledgements for, or null when it is no such file. */
export function segmentOfAcknowledgedFile(fileName: string): string | null {
  if (!fileName.endsWith(ACKNOWLEDGED_SUFFIX)) return null;
  const segment = fileName.slice(0, -ACKNOWLEDGED_SUFFIX.length);
  return parseSegmentName(segment) === null ? null : segment;
}
