import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { eventually } from "../../../sandbox/eventually.ts";
import type { Attack } from "./attack.ts";

/** Connects 11,000 times, each time with the beginning of a request; disposing closes what is open. */
export async function openUnfinishedRequests(port: number): Promise<AsyncDisposable & { readonly sent: number }> {
  const sent = 11_000;
  const header = `GET /health/live HTTP/1.1\r\nHost: a\r\nX-Padding: ${"p".repeat(15_000)}`;
  const sockets = new Set<Socket>();
  for (let opened = 0; opened < sent;) {
    const batch = Array.from({ length: Math.min(200, sent - opened) }, async () => {
      const socket = connect(port, "127.0.0.1");
      sockets.add(socket);
      socket.on("error", () => {}); // Whoever is cut off has been noticed.
      socket.on("close", () => sockets.delete(socket));
      socket.resume();
      await Promise.race([once(socket, "connect").catch(() => {}), once(socket, "close")]);
      socket.write(header);
    });
    opened += batch.length;
    await Promise.all(batch);
  }
  return {
    sent,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await eventually("every connection is closed", () => sockets.size === 0);
    },
  };
}

/** What any pod of the cluster can do, and any account of the bus. */
export const NETWORK_ATTACKS: readonly Attack[] = [
  {
    id: "unfinished-requests",
    name: "11,000 connections with a header of 15 kB that never ends",
    async play(rig) {
      await using flood = await openUnfinishedRequests(rig.healthPort);
      const lost = await rig.missing(20);
      return { sent: flood.sent, lost };
    },
  },
  {
    id: "forged-registrations",
    name: "registrations of the same cluster by agents that are none",
    async play(rig) {
      const sent = 400;
      for (let index = 0; index < sent; index++) {
        const body = {
          cluster_id: rig.clusterId,
          cluster_uid: `forged-${index}-\u202e\u2066`,
          instance: `forged-${index}\u202e`,
          version: `9.9.${index}`,
          capabilities: [],
          timestamp: new Date().toISOString(),
        };
        rig.nats.publish(`agent.register.${rig.clusterId}`, JSON.stringify(body));
      }
      await rig.nats.flush();
      const lost = await rig.missing(20);
      const until = performance.now() + 3_000; // They are told on an occasion of the agent's own.
      await eventually("three seconds have passed", () => performance.now() > until);
      const notices = rig.events.filter(({ reason }) => reason === "ClusterIdentityShared");
      return {
        sent,
        lost,
        problems: [
          ...(notices.length > 5 ? [`${notices.length} notices of a shared id`] : []),
          ...(notices.some((notice) => /[\u202a-\u202e\u2066-\u2069]/.test(JSON.stringify(notice)))
            ? ["a notice holds text that turns a line around"]
            : []),
        ],
      };
    },
  },
];
