/** Core field and its name in events.k8s.io/v1: two views of one stored object (Kubernetes, pkg/apis/events/v1/conversion.go). */
const RENAMED: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["source", "deprecatedSource"],
  ["reportingComponent", "reportingController"],
];
const EVENTS_V1 = "events.k8s.io/v1";

type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object as it was sent, in the form in which it is stored. */
export function toStored(object: Fields): Fields {
  if (object.apiVersion !== EVENTS_V1) return object;
  return { ...rename(object, RENAMED.map(([core, events]) => [events, core])), apiVersion: "v1" };
}

/** A stored object in the form of the API through which it is asked for. */
export function toView(object: Fields, apiVersion: string): Fields {
  if (apiVersion !== EVENTS_V1) return object;
  return { ...rename(object, RENAMED), apiVersion };
}

function rename(object: Fields, names: readonly (readonly [from: string, to: string])[]): Fields {
  const to = new Map(names);
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [to.get(key) ?? key, value]));
}
