/** What each excuse that a rule names means. */
export const EXCUSE_MEANINGS: Readonly<Record<string, string>> = {
  deleted: "the object is being deleted",
  disrupted: "a pod that is evicted, preempted or taken off its node on purpose (`DisruptionTarget`)",
  finished: "a pod that has succeeded or failed: its Job decides what that means",
  gated: "a pod that is held back on purpose (`SchedulingGated`)",
  job: "a pod of a Job, which retries it",
  node_not_ready: "a pod on a node that is not ready: the node has a fault of its own",
  cordoned: "a node that is unschedulable on purpose",
  leaving: "a node with a taint of an autoscaler, a spot handler, Karpenter or a cloud that removes it",
  paused: "a Deployment whose rollout is paused",
  scaled_to_zero: "it requests no replicas",
  operated: "an operator owns the Service",
  at_rest: "it had pods, of something other than a Deployment, StatefulSet or DaemonSet, which may be scaled to zero",
  by_role: "it selects by a label that pods get while they run, such as their role",
  variant: "by its name, a Service of a canary, preview, replica, colour or version, which has pods at times",
};
