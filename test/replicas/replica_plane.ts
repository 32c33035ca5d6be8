import { type ControlPlane, startControlPlane } from "../support/control_plane.ts";

const MANIFESTS = new URL("../../deploy/manifests-replicas/", import.meta.url).pathname;

/** A control plane with what the overlay for replicas ships applied: namespace, rights, Lease. */
export async function replicaPlane(): Promise<ControlPlane> {
  const plane = await startControlPlane();
  try {
    await plane.kubectl(["apply", "-k", MANIFESTS]);
    return plane;
  } catch (error) {
    await plane[Symbol.asyncDispose]();
    throw error;
  }
}
