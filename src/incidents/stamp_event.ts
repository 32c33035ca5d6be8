import type { Event } from "../wire/event.ts";
import type { IncidentStamp } from "./fault.ts";
import { rfc3339 } from "../wire/rfc3339.ts";
import { type RedactName, wireCause } from "./incident_updates.ts";

/**
 * Writes into a report what is known of its incident: who the object belongs to, its node and container, the incident and
 * its causes. Only adds: a central program that knows no such field loses nothing.
 */
export function stampEvent(event: Event, stamp: IncidentStamp, container: string, redact: RedactName): void {
  const { labels } = event;
  const { incident, owner, node, causes } = stamp;
  if (owner !== null) {
    if (owner.kind !== "") labels.owner_kind = owner.kind;
    labels.owner_name = redact(owner.name);
    if (owner.guessed) labels.owner_guessed = "true";
  }
  if (node !== null) labels.node = redact(node);
  if (container !== "") labels.container = redact(container);
  labels.incident = incident.id;
  event.incident = {
    id: incident.id,
    key: incident.key,
    family: incident.family,
    opened_at: rfc3339(incident.openedAtMs),
    reports: incident.reports,
  };
  if (causes.length > 0) event.caused_by = causes.map((cause) => wireCause(cause, redact));
}
