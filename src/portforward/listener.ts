import net, { type Server, type Socket } from 'node:net';
import type { Disposable } from '../base/disposable.ts';
import { CodedError, isPortProblem } from '../base/errors.ts';
import { type LocalSystem, thisSystem } from '../base/localSystem.ts';
import type { BoundAddress, PortPair } from '../kinds/ports.ts';
import { FileShortage } from './fileShortage.ts';
import { assertNotShadowed, LOOPBACK, listenError } from './listenError.ts';

/**
 * The local sockets that accept connections for one forward. After this object is disposed of, no more connections are
 * accepted. Connections that were already accepted stay open.
 */
export interface LocalListener extends Disposable {
  readonly addresses: readonly BoundAddress[];
}

/**
 * Listening sockets that stay bound while a session reconnects. Each attempt to connect the session to a pod calls
 * {@link attach}, and the attempt that called {@link attach} last gets the connections.
 */
export interface ConnectionSource {
  /**
   * Starts to listen if necessary, and passes connections to `onConnection` until the result is disposed of. Disposing
   * does not close the listening sockets.
   * @throws CodedError the errors of {@link listen}
   */
  attach(pairs: readonly PortPair[], onConnection: ConnectionHandler): Promise<LocalListener>;
  /**
   * Takes back a connection from which nothing was read, and passes the connection to the next attempt. Takes ownership
   * of the socket.
   */
  requeue(socket: Socket): void;
}

/**
 * Checks each chunk of the local client's bytes before the pump sends it to the pod. Returns undefined to send the
 * whole chunk. Returns a number to send only that many bytes of the chunk, followed by the client's FIN, and to drop
 * all later bytes. Throws a CodedError to end the connection with this error.
 */
export type ClientInspector = (chunk: Buffer) => number | undefined;

/** Receives an accepted connection, and takes ownership of its socket. */
export type ConnectionHandler = (socket: Socket, address: BoundAddress, inspect?: ClientInspector) => void;

/**
 * How many times to try to get a free port from the system before the bind fails. A forward on `localhost` needs a port
 * that is free on both loopback addresses, and the port that the system chooses for 127.0.0.1 may be in use on ::1.
 */
const MAX_BINDS = 20;

/**
 * Listens on every address for every pair of a local and a remote port. If one bind fails, closes the sockets that are
 * already bound, and rejects. `localhost` means 127.0.0.1 and ::1 on the same port; if the machine lacks one of the two
 * addresses, the other address is enough.
 * @param onShortage called once if connections are reset because this process has no file handles left
 * @throws CodedError `PORT_IN_USE`, `PORT_NOT_PERMITTED`, `PORT_RESERVED`, `ADDRESS_NOT_AVAILABLE`
 */
export async function listen(
  addresses: readonly string[],
  pairs: readonly PortPair[],
  onConnection: ConnectionHandler,
  onShortage: (address: BoundAddress) => void = () => {},
  system: LocalSystem = thisSystem,
): Promise<LocalListener> {
  const unique = distinct(addresses);
  await assertNotShadowed(unique, pairs, system);
  const servers: Server[] = [];
  const bound: BoundAddress[] = [];
  const shortage = new FileShortage(() => {
    const [first] = bound;
    if (first !== undefined) onShortage(first);
  });
  const accept: ConnectionHandler = (socket, address) => {
    shortage.accepted();
    onConnection(socket, address);
  };
  const dispose = () => {
    shortage.dispose();
    for (const server of servers) server.close();
  };
  try {
    for (const pair of pairs) {
      let port = pair.local;
      for (const address of unique) {
        const group =
          address === 'localhost'
            ? await bindLoopbacks(pair, port, accept, system)
            : [await bindOne(address, pair, port, accept, system)];
        for (const { server, at } of group) {
          servers.push(server);
          bound.push(at);
          // If the requested local port is 0, the system chooses a free port at the first bind. The other addresses of
          // this pair then use the same local port.
          port = at.localPort;
        }
      }
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { addresses: bound, dispose };
}

/**
 * Removes addresses that would be bound twice: duplicates, and 127.0.0.1 and ::1 if the list contains `localhost`.
 * kubectl accepts such lists, so this program must not fail at the second bind.
 */
function distinct(addresses: readonly string[]): string[] {
  const unique = new Set(addresses);
  if (unique.has('localhost')) for (const address of LOOPBACK) unique.delete(address);
  return [...unique];
}

interface Bound {
  readonly server: Server;
  readonly at: BoundAddress;
}

async function bindLoopbacks(
  pair: PortPair,
  port: number,
  onConnection: ConnectionHandler,
  system: LocalSystem,
): Promise<Bound[]> {
  for (let binds = 1; ; binds++) {
    try {
      return await bindBothLoopbacks(pair, port, onConnection, system);
    } catch (error) {
      const mayTryAnother = port === 0 && error instanceof CodedError && isPortProblem(error.code);
      if (!mayTryAnother || binds === MAX_BINDS) throw error;
    }
  }
}

async function bindBothLoopbacks(
  pair: PortPair,
  port: number,
  onConnection: ConnectionHandler,
  system: LocalSystem,
): Promise<Bound[]> {
  const group: Bound[] = [];
  let missing: unknown;
  for (const address of LOOPBACK) {
    try {
      group.push(await bindOne(address, pair, group[0]?.at.localPort ?? port, onConnection, system));
    } catch (error) {
      missing = error;
      if (error instanceof CodedError && error.code === 'ADDRESS_NOT_AVAILABLE') continue;
      for (const { server } of group) server.close();
      throw error;
    }
  }
  if (group.length === 0) throw missing;
  return group;
}

function bindOne(
  address: string,
  pair: PortPair,
  port: number,
  onConnection: ConnectionHandler,
  system: LocalSystem,
): Promise<Bound> {
  return new Promise((resolve, reject) => {
    let at: BoundAddress | undefined;
    // Passes the connection handler before the server listens, so that no connection is missed.
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      at ??= boundTo(server, address, pair);
      onConnection(socket, at);
    });
    server.once('error', (error) => {
      server.close();
      listenError(error, address, port, system).then(reject, reject);
    });
    server.listen({ host: address, port, ipv6Only: true, exclusive: true }, () => {
      server.removeAllListeners('error');
      // Ignores errors after the bind: they only mean that one connection could not be accepted. The next connection
      // may succeed.
      server.on('error', () => {});
      resolve({ server, at: boundTo(server, address, pair) });
    });
  });
}

function boundTo(server: Server, address: string, pair: PortPair): BoundAddress {
  const info = server.address();
  const localPort = info !== null && typeof info === 'object' ? info.port : pair.local;
  return { address, localPort, remotePort: pair.remote };
}
