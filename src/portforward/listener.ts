import net, { type Server, type Socket } from 'node:net';
import type { Disposable } from '../base/disposable.ts';
import { CodedError, isPortProblem } from '../base/errors.ts';
import { type LocalSystem, thisSystem } from '../base/localSystem.ts';
import type { BoundAddress, PortPair } from '../kinds/ports.ts';
import { FileShortage } from './fileShortage.ts';
import { assertNotShadowed, LOOPBACK, listenError } from './listenError.ts';

/** The local listeners of one forward. Disposing closes them; the taker of an accepted socket owns it. */
export interface LocalListener extends Disposable {
  readonly addresses: readonly BoundAddress[];
}

/** Passes connections to successive forwards, so that the listening sockets outlive each forward. */
export interface ConnectionSource {
  /**
   * Listens unless already listening, and gives connections to `onConnection` until the result is disposed of. Disposing closes
   * no socket.
   * @throws CodedError the errors of {@link listen}
   */
  attach(pairs: readonly PortPair[], onConnection: ConnectionHandler): Promise<LocalListener>;
  /**
   * Takes back a connection of which nothing was read, so that the next forward serves it. The source owns the socket again.
   */
  requeue(socket: Socket): void;
}

/**
 * Checks the client's bytes before they are passed on. A CodedError that it throws ends the connection. A returned number
 * limits the bytes of the chunk that are passed on: the pod then sees the end of the client's side, and later bytes are
 * dropped.
 */
export type ClientInspector = (chunk: Buffer) => number | undefined;

/** Takes over an accepted connection. The handler owns the socket from here on. */
export type ConnectionHandler = (socket: Socket, address: BoundAddress, inspect?: ClientInspector) => void;

/** How often to look for a port that is free on both loopbacks: a port free on the first may be taken on the second. */
const FREE_PORT_ATTEMPTS = 20;

/**
 * Listens for every pair on every address, or on nothing at all. `localhost` means both loopbacks on the same port; one of them
 * is enough if the other family does not exist. An address given by itself must bind.
 * @param onShortage called once when connections are reset because this process has no file handles left
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
          // All addresses of a pair share the port that the first one got.
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

/** Removes duplicates: like kubectl, the list may name `localhost` and an address that it stands for. */
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
  for (let attempt = 1; ; attempt++) {
    try {
      return await bindBothLoopbacks(pair, port, onConnection, system);
    } catch (error) {
      const mayTryAnother = port === 0 && error instanceof CodedError && isPortProblem(error.code);
      if (!mayTryAnother || attempt === FREE_PORT_ATTEMPTS) throw error;
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
    // The handler exists before the first connection can arrive.
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
      // A listening server fails only to accept a connection: the next one may succeed.
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
