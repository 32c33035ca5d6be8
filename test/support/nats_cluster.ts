import { freePort } from "./free_port.ts";
import { type NatsServer, startNatsServer } from "../../sandbox/nats_server.ts";

/** Real nats-servers that form one cluster with JetStream: streams with replicas and leaders. */
export interface NatsCluster extends AsyncDisposable {
  /** By name: `n1`, `n2`, … */
  readonly servers: ReadonlyMap<string, NatsServer>;
  readonly urls: readonly string[];
}

/** Starts `size` servers; what needs a leader may have to be tried again for a moment. */
export async function startNatsCluster(size: number): Promise<NatsCluster> {
  const ports = await Promise.all(Array.from({ length: size }, freePort));
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(", ");
  const servers = new Map<string, NatsServer>();
  const dispose = async () => {
    for (const server of servers.values()) await server[Symbol.asyncDispose]();
  };
  try {
    for (const [index, port] of ports.entries()) {
      const name = `n${index + 1}`;
      const config = `server_name: ${name}\ncluster: {name: c, listen: "127.0.0.1:${port}", routes: [${routes}]}`;
      servers.set(name, await startNatsServer({ jetstream: true, config }));
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { servers, urls: [...servers.values()].map(({ url }) => url), [Symbol.asyncDispose]: dispose };
}
