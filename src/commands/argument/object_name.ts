/** `pods`, `Pod`, `deployments.apps`, `deployments.v1.apps`, `pods.v1.`: kubectl's TYPE[.VERSION][.GROUP]. */
const TYPE = /^(?=.{1,253}$)[A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*\.?$/;
/** Any name that the API server takes in a path, RBAC's `system:node` included. */
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9][A-Za-z0-9._:@-]{0,252}$/;

/** Whether a text can stand in type position. */
export function isTypeName(text: string): boolean {
  return TYPE.test(text);
}

/** Whether a text can name an object. */
export function isObjectName(text: string): boolean {
  return NAME.test(text);
}

/** Whether a text is TYPE/NAME, of one type. */
export function isTypeAndName(text: string): boolean {
  const [type = "", name = "", ...more] = text.split("/");
  return isTypeName(type) && isObjectName(name) && more.length === 0;
}
