import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readCloudMetadata } from "./cloud_metadata.ts";

const quiet = new AbortController().signal;

/** A metadata service on loopback. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const { port } = address !== null && typeof address === "object"
    ? address
    : { port: 0 } satisfies Partial<AddressInfo>;
  return {
    address: { host: "127.0.0.1", port },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers by path, and only to a request that shows the header that the provider wants. */
function table(header: [string, string], paths: Readonly<Record<string, string>>) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const body = paths[request.url ?? ""];
    response.statusCode = request.headers[header[0]] !== header[1] ? 400 : body === undefined ? 404 : 200;
    response.end(response.statusCode === 200 ? body : "");
  };
}

const compute = (resourceGroupName: string) => JSON.stringify({ resourceGroupName, location: "eastus" });
const AZURE = "/metadata/instance/compute?api-version=2021-02-01";

const CASES = [
  {
    name: "Google",
    provider: "gke",
    answer: table(["metadata-flavor", "Google"], {
      "/computeMetadata/v1/instance/attributes/cluster-name": "web\n",
      "/computeMetadata/v1/instance/attributes/cluster-location": "us-central1-c",
    }),
    want: { provider: "gke", name: "web", region: "us-central1" },
  },
  {
    name: "Azure",
    provider: "aks",
    answer: table(["metadata", "true"], { [AZURE]: compute("MC_shop_web_eastus") }),
    want: { provider: "aks", name: "web", region: "eastus" },
  },
  {
    name: "Azure with a node group of its own name",
    provider: "aks",
    answer: table(["metadata", "true"], { [AZURE]: compute("nodes") }),
    want: { provider: "aks", name: null, region: "eastus" },
  },
  {
    name: "Oracle",
    provider: "oke",
    answer: table(["authorization", "Bearer Oracle"], {
      "/opc/v2/instance/": JSON.stringify({ region: "iad", metadata: { "oke-cluster-display-name": "web" } }),
    }),
    want: { provider: "oke", name: "web", region: "iad" },
  },
];

for (const { name, provider, answer, want } of CASES) {
  Deno.test(`cloud metadata: ${name}`, async () => {
    await using service = await serve(answer);
    assert.deepEqual(await readCloudMetadata(provider, quiet, service.address), want);
  });
}

Deno.test("cloud metadata: AWS wants a session token first, and may serve no tags", async () => {
  const asked: string[] = [];
  await using service = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.method === "PUT") return void response.end("session");
    const known = request.headers["x-aws-ec2-metadata-token"] === "session" && request.url?.endsWith("/region");
    response.statusCode = known ? 200 : 404;
    response.end(known ? "eu-west-1" : "");
  });
  const found = await readCloudMetadata("eks", quiet, service.address);
  assert.deepEqual(found, { provider: "eks", name: null, region: "eu-west-1" });
  assert.equal(asked[0], "PUT /latest/api/token");
});

Deno.test("cloud metadata: a redirect is not followed", async () => {
  let elsewhere = 0;
  await using other = await serve((_request, response) => {
    elsewhere++;
    response.end("{}");
  });
  await using service = await serve((_request, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:${other.address.port}/` }).end();
  });
  await assert.rejects(readCloudMetadata("aks", quiet, service.address), /answered 302/);
  assert.equal(elsewhere, 0);
});

Deno.test("cloud metadata: a service that hangs is left after a second", async () => {
  await using service = await serve(() => {});
  const began = performance.now();
  await assert.rejects(readCloudMetadata("gke", quiet, service.address), /did not answer within 1000 ms/);
  assert.ok(performance.now() - began < 3_000);
});

Deno.test("cloud metadata: an answer without end is cut off", async () => {
  await using service = await serve((_request, response) => {
    response.on("error", () => {});
    const pour = () => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", pour);
    pour();
  });
  await assert.rejects(readCloudMetadata("oke", quiet, service.address));
});

Deno.test("cloud metadata: a provider without a service is not asked", async () => {
  await assert.rejects(readCloudMetadata("constructor", quiet), /no metadata service/);
});

Deno.test("cloud metadata: no proxy of the environment is used", async () => {
  await using service = await serve(table(["metadata", "true"], { [AZURE]: compute("MC_shop_web_eastus") }));
  const module = new URL("./cloud_metadata.ts", import.meta.url);
  const script = `import { readCloudMetadata } from ${JSON.stringify(module)};
    const found = await readCloudMetadata("aks", new AbortController().signal, ${JSON.stringify(service.address)});
    console.log(found.name);`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", script],
    env: { HTTP_PROXY: "http://127.0.0.1:9", http_proxy: "http://127.0.0.1:9", NODE_USE_ENV_PROXY: "1" },
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "web\n", new TextDecoder().decode(stderr));
});
