import * as z from "zod";
import { textField } from "../field.ts";

/** Traces; the standard OTEL_* variables set these too. */
export const telemetrySchema = z.strictObject({
  otlp_endpoint: textField({
    description: "Where traces go (OTLP over HTTP). Unset: no traces.",
    allowed: "an http:// or https:// address",
    pattern: /^https?:\/\/[^\s/?#]+\S*$/,
    hideWhenRefused: true,
  }).optional(),
  service_name: textField({
    description: "`service.name` in traces.",
    allowed: "a text of 1 to 255 printable characters",
    pattern: /^\P{C}{1,255}$/u,
  }).prefault("agent"),
}).describe("Traces.");
