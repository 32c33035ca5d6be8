import { chooseContainer, containersOf } from "./container_choice.ts";
import { describeContainer, summarizeContainer } from "./describe_container.ts";
import { describePod } from "./describe_pod.ts";
import type { Gather } from "./scene.ts";

const OTHERS = 16;

/** The pod, the container that the fault is about in full, and the others in a line each. */
export const gatherContainer: Gather = async (scene) => {
  const pod = await scene.pod();
  if (pod === null) return null;
  const chosen = chooseContainer(pod, scene.request.sighting.container);
  const others = containersOf(pod).filter(({ name }) => name !== chosen?.name).slice(0, OTHERS);
  return {
    ...(chosen === null ? {} : describeContainer(chosen, scene.redactor)),
    pod: describePod(pod, scene.allow.labels, scene.allow.annotations),
    ...(others.length === 0 ? {} : { others: others.map(summarizeContainer) }),
  };
};
