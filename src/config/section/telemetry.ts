import * as z from "zod/mini";
import { described, textField } from "../field.ts";

/** Traces; the standard OTEL_* variables set these too, and the rest (see docs/traces.md). */
export const telemetrySchema = described(
  z.strictObject({
    otlp_endpoint: z.optional(textField({
      description: "The collector for traces over OTLP/HTTP, without `/v1/traces`. Unset: no traces.",
      allowed: "an http:// or https:// address",
      pattern: /^https?:\/\/[^\s/?#]+\S*$/,
      hideWhenRefused: true,
    })),
    service_name: z.prefault(
      textField({
        description: "`service.name` in traces.",
        allowed: "a text of 1 to 255 printable characters",
        pattern: /^\P{C}{1,255}$/u,
      }),
      "agent",
    ),
  }),
  "Traces.",
);
