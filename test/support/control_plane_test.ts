import assert from "node:assert/strict";
import { missingControlPlaneTools, startControlPlane } from "./control_plane.ts";
import { requestJson } from "./https_json.ts";

const missing = await missingControlPlaneTools();

Deno.test({
  name: "control_plane: RBAC refuses a service account, and a killed API server comes back",
  ignore: missing.length > 0,
  async fn() {
    await using plane = await startControlPlane();
    const token = await plane.createServiceAccountToken("default", "nobody");
    const pods = () => requestJson(`${plane.url}/api/v1/pods`, { ca: plane.ca, token });
    assert.equal((await pods()).status, 403);
    await plane.killApiServer();
    await assert.rejects(pods());
    await plane.startApiServer();
    assert.equal((await pods()).status, 403);
    assert.match(await plane.kubectl(["get", "namespace", "kube-system"]), /Active/);
  },
});
