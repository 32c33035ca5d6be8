import * as z from "zod/mini";
import { LOG_LEVELS } from "../../lifecycle/logging.ts";
import { DEFAULT_SUBJECT_TEMPLATE } from "../../wire/subject.ts";
import { booleanField, durationField, integerField, textField, wordField } from "../field.ts";
import { centralEndpointField } from "./central_endpoint.ts";
import { labelsField } from "./labels.ts";

/** A template is made of whole tokens; `{kind}` is register, heartbeat, event, events, metrics, result, update or command. */
const SUBJECT_TEMPLATE =
  /^(?=(?:.*\.)?\{kind\}(?:\.|$))(?=(?:.*\.)?\{cluster_id\}(?:\.|$))(?!.*\{kind\}.*\{kind\})(?!.*\{cluster_id\}.*\{cluster_id\})(?!.*\{prefix\}.*\{prefix\})(?:[A-Za-z0-9_-]+|\{kind\}|\{cluster_id\}|\{prefix\})(?:\.(?:[A-Za-z0-9_-]+|\{kind\}|\{cluster_id\}|\{prefix\}))*$/;

/** The keys that stand at the top of the file. */
export const topLevelShape = {
  cluster_id: z.prefault(
    textField({
      description:
        "The cluster's id in every subject and message. Empty: detected. An id that is not a valid subject token is converted to one.",
      allowed: "a text of at most 253 printable characters",
      pattern: /^\P{C}{0,253}$/u,
    }),
    "",
  ),
  labels: labelsField,
  central_endpoint: centralEndpointField,
  reconnect_delay: durationField({
    description: "The wait before the first reconnect to NATS; it doubles, with jitter, up to 60s.",
    min: "1s",
    max: "60s",
    default: "5s",
  }),
  max_retries: integerField({
    description: "Failed connection attempts in a row before the agent exits, so that Kubernetes restarts it.",
    min: 1,
    max: 1_000_000,
    also: { value: -1, meaning: "no limit" },
    default: 10,
  }),
  heartbeat_interval: durationField({ description: "Time between heartbeats.", min: "10s", default: "30s" }),
  metrics_interval: durationField({ description: "Time between metrics reports.", min: "30s", default: "60s" }),
  buffer_size: integerField({
    description: "Messages of each kind (events, metrics, results) held in memory while they wait for the bus.",
    min: 10,
    max: 1_000_000,
    default: 1000,
  }),
  log_level: wordField({ description: "The least severe log lines to write.", words: LOG_LEVELS, default: "info" }),
  log_format: wordField({
    description: "JSON lines, or text for people; `auto` is text on a terminal and JSON elsewhere.",
    words: ["auto", "json", "text"],
    default: "auto",
  }),
  enable_events: booleanField({ description: "Watch the cluster's events and report faults.", default: true }),
  enable_metrics: booleanField({ description: "Report cluster metrics.", default: true }),
  enable_commands: booleanField({ description: "Accept read-only diagnostic commands.", default: true }),
  health_port: integerField({
    description: "Port of `/health/*`, `/metrics` and the page; 0 takes a free one.",
    min: 0,
    max: 65_535,
    default: 8080,
  }),
  health_page: booleanField({
    description: "A page for people at `/` of the health port: conditions, queues, the last reports.",
    default: true,
  }),
  subject_prefix: z.prefault(
    textField({
      description:
        "First token or tokens of every subject. Several fleets with different prefixes can share one NATS account.",
      allowed: "subject tokens of letters, digits, - and _, joined by dots",
      pattern: /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,15}$/,
    }),
    "agent",
  ),
  subject_template: z.prefault(
    textField({
      description: "The layout of subjects, for a central program that expects the tokens in another order.",
      allowed:
        "subject tokens joined by dots, with {kind} and {cluster_id} once each and {prefix} at most once, each a whole token",
      pattern: SUBJECT_TEMPLATE,
    }),
    DEFAULT_SUBJECT_TEMPLATE,
  ),
};
