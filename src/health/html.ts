import { stripControl } from "../lifecycle/strip_control.ts";

/** Markup that was written here, or made of texts that were escaped. */
export class Html {
  constructor(readonly markup: string) {}
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Markup with values in it. Every value is text, which is escaped for element content and quoted attributes, and loses
 * control, invisible and direction-turning characters; only `Html` stays as it is.
 */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const markup = parts.map((part, at) => {
    const value = values[at];
    return part + (value === undefined ? "" : typeof value === "string" ? escapeText(value) : markupOf(value));
  });
  return new Html(markup.join(""));
}

const markupOf = (value: Html | readonly Html[]) =>
  value instanceof Html ? value.markup : value.map(({ markup }) => markup).join("");
const escapeText = (text: string) =>
  stripControl(text).text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
