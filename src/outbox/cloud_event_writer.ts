import { cloudEventHeaders } from "../wire/cloud_event.ts";
import type { OutboxWriter } from "./outbox.ts";

/** Makes every message a CloudEvent: its attributes go into headers, and the body stays as it is. */
export function createCloudEventWriter(writer: OutboxWriter, clusterId: string): OutboxWriter {
  return {
    put: (message, signal) =>
      writer.put({ ...message, headers: { ...message.headers, ...cloudEventHeaders(message, clusterId) } }, signal),
  };
}
