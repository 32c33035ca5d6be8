import assert from "node:assert/strict";
import { familyOf } from "./family.ts";

const FAMILIES: readonly (readonly [category: string, kind: string, family: string])[] = [
  ["image", "Pod", "image"],
  ["crash", "Pod", "run"],
  ["oom", "Pod", "run"],
  ["probe", "Pod", "run"],
  ["scheduling", "Pod", "place"],
  ["quota", "ReplicaSet", "place"],
  ["deployment", "Deployment", "place"],
  ["volume", "PersistentVolumeClaim", "volume"],
  ["sandbox", "Pod", "net"],
  ["dns", "Pod", "net"],
  ["node", "Pod", "node"],
  ["runtime", "Node", "node"], // whatever happens to a node is the node's
  ["certificate", "Certificate", "certificate"],
  ["team_own", "Widget", "team_own"],
  ["unverified", "Node", "unverified"], // an Event of a tenant that names a node is no fault of the node
];

for (const [category, kind, family] of FAMILIES) {
  Deno.test(`family: ${category} of ${kind} is ${family}`, () => assert.equal(familyOf(category, kind), family));
}
