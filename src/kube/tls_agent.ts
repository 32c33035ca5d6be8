import { Agent, type AgentOptions } from "node:https";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from "node:tls";
import { limitTurn } from "../lifecycle/limit_turn.ts";

/** As `node:http`'s agents do: how long a connection is quiet before the kernel asks whether the other side is there. */
const KEEP_ALIVE_MS = 1000;

/** Holds back what a TCP connection brings, for as long as its reader wants. */
interface Valve {
  close(): void;
  open(): void;
}

/** Read in one turn, each byte is alive as it came, as what TLS makes of it, and as what is read of that. */
const TURN_BYTES = 256 * 1024;

/** The valve of each TLS connection that an agent of ours made. */
const valveOf = new WeakMap<object, Valve>();

/** When the certificate ends that the server showed last, of each agent of ours. */
const certificateEnds = new WeakMap<object, number>();

/** When the certificate that the server showed to `agent` last ends (Unix milliseconds); `null` before it showed one. */
export function certificateEndOf(agent: object): number | null {
  return certificateEnds.get(agent) ?? null;
}

/**
 * The valve of the TCP connection under `socket`; `null` for one that another agent made. While it is closed nothing is
 * read, and the sender soon has to wait.
 */
export function valveUnder(socket: object): Valve | null {
  return valveOf.get(socket) ?? null;
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
    if (agent.options.keepAlive) tcp.setKeepAlive(true, KEEP_ALIVE_MS);
    const valve = openValve(tcp);
    let secure: TLSSocket;
    try {
      secure = connectTls({ ...given, ...whoIsMeant(given), socket: duplexOver(tcp) });
    } catch (error) {
      tcp.destroy(); // options that TLS refuses
      throw error;
    }
    secure.once("secureConnect", () => {
      const endMs = Date.parse(secure.getPeerCertificate()?.valid_to ?? "");
      if (!Number.isNaN(endMs)) certificateEnds.set(agent, endMs);
    });
    secure.on("error", () => {}); // it may fail before the request listens; the request is told by the close
    // An idle connection must not keep the process: TLS above a stream has no handle of its own to let go.
    secure.ref = () => (tcp.ref(), secure);
    secure.unref = () => (tcp.unref(), secure);
    valveOf.set(secure, valve);
    return secure;
  };
  return agent;
}

/** A name that is an address is checked and not sent: SNI has none (RFC 6066, section 3). */
function whoIsMeant({ servername }: ConnectionOptions): Pick<ConnectionOptions, "host" | "servername"> {
  return servername !== undefined && isIP(servername) !== 0 ? { host: servername, servername: "" } : {};
}

function openValve(tcp: Socket): Valve {
  let closed = false;
  const turn = limitTurn(tcp, TURN_BYTES, () => !closed);
  return {
    close() {
      closed = true;
      tcp.pause();
    },
    open() {
      closed = false;
      if (!turn.isWaiting()) tcp.resume();
    },
  };
}

/** `tcp` as a stream that TLS can't read past: given the socket itself it would take over the reading. */
function duplexOver(tcp: Socket): Duplex {
  const duplex = new Duplex({
    read() {}, // what comes is pushed as it comes; whether anything comes is for the valve to say
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
