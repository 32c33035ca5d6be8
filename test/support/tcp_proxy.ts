import { connect, createServer, type Socket } from "node:net";

/** A middleman on loopback that passes bytes on, until it is told to do that badly. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections taken so far. */
  taken(): number;
  /** Connections that are open now. */
  open(): number;
  /** From now on no byte passes, in either direction; connections stay open and new ones are taken. */
  partition(): void;
  /** From now on this many bytes a second pass from the client to the server on each connection. */
  slow(bytesPerSecond: number): void;
  /** Bytes pass again, what was held back first. */
  heal(): void;
  /** Breaks every connection. */
  cut(): void;
}

/** How often a slow connection passes its share on. */
const TICK_MS = 20;

/** Starts a proxy in front of a port of this machine. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  let taken = 0;
  let rate: number | "none" | null = null;
  const server = createServer((client) => {
    taken++;
    const link = openLink(client, targetPort, () => rate);
    links.add(link);
    client.once("close", () => links.delete(link));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const cut = () => {
    for (const link of links) link.cut();
  };
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    taken: () => taken,
    open: () => links.size,
    partition: () => void (rate = "none"),
    slow: (bytesPerSecond) => void (rate = bytesPerSecond),
    heal: () => {
      rate = null;
      for (const link of links) link.pump();
    },
    cut,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
  };
}

interface Link {
  pump(): void;
  cut(): void;
}

function openLink(client: Socket, targetPort: number, rate: () => number | "none" | null): Link {
  const upstream = connect(targetPort, "127.0.0.1");
  const directions = [
    openDirection(client, upstream, (passed) => share(rate(), passed)),
    // What comes back is little; only a partition holds it up.
    openDirection(upstream, client, () => rate() === "none" ? 0 : Infinity),
  ];
  const timer = setInterval(() => directions.forEach((direction) => direction.tick()), TICK_MS);
  const cut = () => {
    clearInterval(timer);
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) {
    socket.on("error", cut);
    socket.once("close", cut);
  }
  return { pump: () => directions.forEach((direction) => direction.tick()), cut };
}

/** The bytes that may pass in this tick, when `passed` already have. */
function share(rate: number | "none" | null, passed: number): number {
  if (rate === "none") return 0;
  return rate === null ? Infinity : Math.max(0, Math.ceil(rate * TICK_MS / 1000) - passed);
}

function openDirection(from: Socket, to: Socket, allowed: (passed: number) => number) {
  let held: Uint8Array[] = [];
  let passed = 0;
  const pass = () => {
    for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) {
      const room = Math.min(chunk.length, allowed(passed));
      if (room > 0) to.write(chunk.subarray(0, room));
      passed += room;
      if (room < chunk.length) {
        held = [chunk.subarray(room), ...held];
        break;
      }
    }
    // A held-up connection takes no more, so that the sender's own buffers fill as on a real network.
    if (held.length > 0) from.pause();
    else from.resume();
  };
  from.on("data", (chunk: Uint8Array) => {
    held.push(chunk);
    pass();
  });
  return {
    tick() {
      passed = 0;
      pass();
    },
  };
}
