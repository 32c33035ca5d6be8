import assert from "node:assert/strict";
import { messagingSpan } from "./messaging_span.ts";

Deno.test("messaging span: the cluster's id is in an attribute, not in the name", () => {
  const { name, attributes } = messagingSpan("send", { subject: "agent.event.prod", clusterId: "prod", id: "1" });
  assert.equal(name, "send agent.event.{cluster_id}");
  assert.equal(attributes["messaging.destination.name"], "agent.event.prod");
});

Deno.test("messaging span: an id that is part of another token stays out of it", () => {
  const { name } = messagingSpan("send", { subject: "agent.event.a", clusterId: "a", id: null });
  assert.equal(name, "send agent.event.{cluster_id}");
});

Deno.test("messaging span: a subject without the id has no template", () => {
  const { name, attributes } = messagingSpan("create", { subject: "events", clusterId: "prod", id: null });
  assert.equal(name, "create events");
  assert.deepEqual(Object.keys(attributes).filter((key) => key.endsWith("template") || key.endsWith("id")), []);
});
