import { eventually } from "../../../sandbox/eventually.ts";
import { type HostileRig, ordinaryFault } from "../hostile_rig.ts";
import type { Attack } from "./attack.ts";

const MEGABYTE_ISH = 900_000;

/** Ordinary faults, made after the attack: an agent that is cut off or restarts behind it loses them. */
const MARKERS = 20;

const numbered = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

/** Reports of the attack's own Events, by the name of the object that they are about. */
function reportedIn(rig: HostileRig): ReadonlySet<string> {
  return new Set(
    rig.events.filter(({ namespace }) => namespace === rig.namespace).map(({ labels }) => labels.name ?? ""),
  );
}

/** What gaps have told of, in numbers. */
const toldOf = (rig: HostileRig) =>
  rig.events.filter(({ type }) => type === "agent_gap").reduce(
    (sum, { raw_data }) => sum + Number(raw_data.count ?? 0),
    0,
  );

/** What anybody with the built-in role `edit` in one namespace can do. */
export const EVENT_ATTACKS: readonly Attack[] = [
  {
    id: "large-events",
    name: "175 Events with fields of a megabyte",
    async play(rig) {
      const sent = 175;
      await rig.create(
        "/api/v1/events",
        numbered(sent, (index) =>
          ordinaryFault(rig.namespace, "x", {
            reason: "Failed",
            involvedObject: {
              kind: "Pod",
              namespace: rig.namespace,
              name: `large-${index}`,
              uid: `large-${index}`,
              fieldPath: `${index}-${"F".repeat(MEGABYTE_ISH)}`,
            },
          })),
      );
      const lost = await rig.missing(MARKERS);
      const large = () => [...reportedIn(rig)].filter((name) => name.startsWith("large-")).length;
      await eventually("the large ones are reported", () => large() === sent, 60_000).catch(() => {});
      return { sent, lost: lost + sent - large(), told: toldOf(rig) };
    },
  },
  {
    id: "long-watch-lines",
    name: "60 Events that make watch lines of 1.3 MB",
    async play(rig) {
      const sent = 60;
      const half = "y".repeat(650_000);
      await rig.create(
        "/api/v1/events",
        numbered(sent, (index) =>
          ordinaryFault(rig.namespace, "x", {
            involvedObject: {
              kind: "Pod",
              namespace: rig.namespace,
              name: `long-${index}`,
              uid: `long-${index}`,
              fieldPath: half,
            },
            reportingInstance: half,
          })),
      );
      const missing = await rig.missing(MARKERS);
      const lost = () => sent - [...reportedIn(rig)].filter((name) => name.startsWith("long-")).length;
      await eventually("each is reported, or told as lost", () => lost() <= toldOf(rig), 30_000).catch(() => {});
      return { sent, lost: missing + lost(), told: toldOf(rig) };
    },
  },
  {
    id: "slow-messages",
    name: "Events whose message is what redaction works hardest on",
    async play(rig) {
      const atoms = ["_pwd=[", "password=${", "token: {", "://u:", "eyJ", "AKIA", "-----BEGIN ", "=-", '"key": "'];
      await rig.create(
        "/api/v1/events",
        atoms.flatMap((atom) =>
          numbered(4, () => ordinaryFault(rig.namespace, atom.repeat(Math.floor(MEGABYTE_ISH / atom.length))))
        ),
      );
      return { sent: 4 * atoms.length, lost: await rig.missing(MARKERS) };
    },
  },
  {
    id: "forged-node-events",
    name: "Events of a tenant that speak of nodes",
    async play(rig) {
      const reasons = ["SystemOOM", "NodeNotReady", "KubeletIsDown", "NodeHasDiskPressure"];
      await rig.create(
        "/api/v1/events",
        reasons.flatMap((reason) =>
          ["kubelet", "node-controller"].map((component) =>
            ordinaryFault(rig.namespace, "x", {
              reason,
              involvedObject: { kind: "Node", name: "prod-master-1", uid: "prod-master-1", namespace: rig.namespace },
              source: { component },
            })
          )
        ),
      );
      const lost = await rig.missing(MARKERS);
      const forged = rig.events.filter(({ labels }) => labels.name === "prod-master-1");
      return {
        sent: reasons.length * 2,
        lost,
        problems: forged.filter(({ severity }) => severity === "critical" || severity === "high")
          .map(({ reason, severity }) => `a tenant's ${reason} is reported as ${severity}`),
      };
    },
  },
];
