import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";

/** What a name has: IPv4 addresses, or no answer at all. A name that is not listed does not exist. */
export type DnsZone = Readonly<Record<string, readonly string[] | "silent" | "servfail">>;

/** A DNS server on this machine. */
export interface DnsServer extends AsyncDisposable {
  readonly port: number;
  /** The names that were asked for, once each, in order. */
  readonly asked: readonly string[];
}

const TYPE_A = 1;
const NO_ERROR = 0;
const SERVER_FAILURE = 2;
const NO_SUCH_NAME = 3;

/** Serves `zone` over UDP on 127.0.0.1 (RFC 1035, as much of it as a lookup needs). */
export async function startDnsServer(zone: DnsZone): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, { address, port }) => {
    const { name, end, type } = readQuestion(query);
    if (!asked.includes(name)) asked.push(name);
    const found = Object.hasOwn(zone, name) ? zone[name] : undefined;
    if (found === "silent") return;
    const code = found === undefined ? NO_SUCH_NAME : found === "servfail" ? SERVER_FAILURE : NO_ERROR;
    const addresses = typeof found === "object" && type === TYPE_A ? found : [];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 + code, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const answers = addresses.map((text) =>
      Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 30, 0, 4, ...text.split(".").map(Number)])
    );
    socket.send(Buffer.concat([header, query.subarray(12, end), ...answers]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    port: socket.address().port,
    asked,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length !== 0; length = query[at] ?? 0) {
    labels.push(query.subarray(at + 1, at + 1 + length).toString("latin1"));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}
