/** A `Status` of failure, as the API server writes it. */
export function status(
  code: number,
  reason: string,
  message: string,
  retryAfterSeconds?: number,
): Record<string, unknown> {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    code,
    reason,
    message,
    ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
  };
}

/** A status and a JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that is nothing but a failure. */
export function refuse(code: number, reason: string, message: string): Answer {
  return { status: code, body: status(code, reason, message) };
}

/** What the messages of a real API server name: a resource, its group, where. */
export interface Subject {
  readonly resource: string;
  readonly group: string;
  readonly namespace: string | null;
}

const qualified = ({ resource, group }: Subject) => group === "" ? resource : `${resource}.${group}`;

// The words below are those of kube-apiserver, so that what reads them is tested on them.

export const notFound = (subject: Subject, name: string) =>
  refuse(404, "NotFound", `${qualified(subject)} "${name}" not found`);
export const noSuchPath = () => refuse(404, "NotFound", "the server could not find the requested resource");
export const alreadyExists = (subject: Subject, name: string) =>
  refuse(409, "AlreadyExists", `${qualified(subject)} "${name}" already exists`);
export const conflict = (subject: Subject, name: string) =>
  refuse(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(subject)} "${name}": the object has been modified; ` +
      "please apply your changes to the latest version and try again",
  );
export const badRequest = (message: string) => refuse(400, "BadRequest", message);

export function forbidden(verb: string, subject: Subject): Answer {
  const where = subject.namespace === null ? "at the cluster scope" : `in the namespace "${subject.namespace}"`;
  return refuse(
    403,
    "Forbidden",
    `${qualified(subject)} is forbidden: User "sandbox" cannot ${verb} resource "${subject.resource}" ` +
      `in API group "${subject.group}" ${where}`,
  );
}
