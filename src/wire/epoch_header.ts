/**
 * On every message that a leading replica sends: the resourceVersion by which it took the Lease, a decimal number that
 * grows with each leader. A reader may drop a lower epoch than one that it heard from the same cluster within the last two
 * minutes, and never otherwise: after a restore of etcd epochs go back.
 */
export const EPOCH_HEADER = "Agent-Epoch";
