import * as z from "zod/mini";
import { documented } from "../field.ts";

const ALLOWED = "a mapping of at most 16 names to values, both as Kubernetes writes labels";
const LIMIT = 16;
/** A label's name or value without its optional prefix (apimachinery, pkg/util/validation). */
const WORD = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const NAME = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** What the platform team calls this cluster; central programs select by it. */
export const labelsField = documented(
  z.prefault(
    z.record(z.string().check(z.regex(NAME)), z.string().check(z.regex(WORD)), { error: ALLOWED }).check(
      z.refine((labels) => Object.keys(labels).length <= LIMIT, { error: ALLOWED }),
    ),
    {},
  ),
  "Labels of this cluster, as in `{env: prod}`. `agent fleet --selector env=prod` selects by them.",
  { allowed: ALLOWED },
);
