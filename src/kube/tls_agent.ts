import { Agent, type AgentOptions } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/** The TCP connection under each TLS connection that an agent of ours made. */
const tcpOf = new WeakMap<object, Socket>();

/**
 * The TCP connection under `socket`; `null` for one that another agent made. While it is paused nothing is read, and the
 * sender soon has to wait.
 */
export function tcpUnder(socket: object): Socket | null {
  return tcpOf.get(socket) ?? null;
}

/**
 * An agent of `node:https` that runs TLS above a TCP connection that can be paused. The TLS connections of `node:tls` read
 * on while they are paused, on Deno 2.9 without a limit: 26 MB waited in one where a reader took its time.
 */
export function createTlsAgent(options: AgentOptions): Agent {
  const agent = new Agent(options);
  agent.createConnection = (given: ConnectionOptions) => {
    const tcp = connectTcp({ host: given.host ?? "localhost", port: Number(given.port) });
    tcp.setNoDelay(true);
    const secure = connectTls({ ...given, socket: duplexOver(tcp) });
    tcpOf.set(secure, tcp);
    return secure;
  };
  return agent;
}

/** `tcp` as a stream that TLS can't read past: given the socket itself it would take over the reading. */
function duplexOver(tcp: Socket): Duplex {
  const duplex = new Duplex({
    read() {}, // what comes is pushed as it comes; whether anything comes is for `tcp.pause()` to say
    write: (chunk, _encoding, done) => void tcp.write(chunk, done),
    final: (done) => void tcp.end(done),
    destroy(error, done) {
      tcp.destroy();
      done(error);
    },
  });
  tcp.on("data", (chunk) => duplex.push(chunk));
  tcp.on("end", () => duplex.push(null));
  tcp.on("error", (error) => duplex.destroy(error));
  tcp.on("close", () => duplex.destroy());
  return duplex;
}
