import * as z from "zod/mini";
import en from "zod/v4/locales/en.js";

/**
 * `zod/mini` calls everything "Invalid input". Imported for its effect, beside a schema whose complaints people read: it
 * gives them the library's English texts, `Invalid input: expected string, received number`.
 */
z.config(en());
