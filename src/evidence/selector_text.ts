import { listOf, objectOf, textOf, textsOf } from "../inventory/json_field.ts";

/** A label selector as a query takes it; "" for one that selects everything or nothing, which a Deployment can't have. */
export function selectorText(selector: unknown): string {
  const { matchLabels, matchExpressions } = objectOf(selector);
  const labels = Object.entries(textsOf(matchLabels)).map(([key, value]) => `${key}=${value}`);
  const expressions = listOf(matchExpressions).map(objectOf).map(({ key, operator, values }) => {
    const list = listOf(values).map(textOf).join(",");
    switch (operator) {
      case "In":
        return `${textOf(key)} in (${list})`;
      case "NotIn":
        return `${textOf(key)} notin (${list})`;
      case "Exists":
        return textOf(key);
      case "DoesNotExist":
        return `!${textOf(key)}`;
      default:
        return "";
    }
  });
  return [...labels, ...expressions].filter((part) => part !== "").join(",");
}
