/** The object that an event is about, as the writer named it; missing parts are "". */
export interface InvolvedObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly apiVersion: string;
  readonly fieldPath: string;
}

/** A Kubernetes Event, whichever API and recorder wrote it, in one shape. Times are milliseconds since the Unix epoch. */
export interface ClusterEvent {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly name: string;
  readonly namespace: string;
  /** `Normal` or `Warning`, or what the writer made of it. */
  readonly type: string;
  readonly reason: string;
  /** For matching: without the `(combined from similar events): ` prefix. */
  readonly message: string;
  /** As written. */
  readonly originalMessage: string;
  readonly involvedObject: InvolvedObject;
  readonly reportingComponent: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly count: number;
  readonly firstSeenMs: number | null;
  readonly lastSeenMs: number | null;
  /** Written by the new recorder, with a `series` instead of a count. */
  readonly series: boolean;
}
