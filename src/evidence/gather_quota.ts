import { objectOf } from "../inventory/json_field.ts";
import { compact } from "../lifecycle/compact.ts";
import { amounts } from "./describe_container.ts";
import { texts } from "./describe_pod.ts";
import { quotaName } from "./parse_message.ts";
import type { Gather } from "./scene.ts";

/** The ResourceQuota that refused: what it allows and what is used now. */
export const gatherQuota: Gather = async (scene) => {
  const { namespace, message } = scene.request.sighting;
  const name = quotaName(message);
  if (name === "") return null;
  const quota = await scene.api.get({ api: "/api/v1", resource: "resourcequotas", namespace, name });
  const status = objectOf(quota.status);
  return compact({
    name,
    hard: amounts(status.hard ?? objectOf(quota.spec).hard),
    used: amounts(status.used),
    scopes: texts(objectOf(quota.spec).scopes),
  });
};
