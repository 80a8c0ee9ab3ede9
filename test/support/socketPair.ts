import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** The two ends of a TCP connection over loopback. Each direction can be closed separately. */
export interface SocketPair extends Disposable {
  /** The end of the client, which opened the connection. */
  readonly client: Socket;
  /** The end that the server accepted. */
  readonly accepted: Socket;
}

export async function socketPair(): Promise<SocketPair> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const [[accepted]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  server.close();
  for (const socket of [client, accepted]) socket.on('error', () => {});
  return {
    client,
    accepted,
    [Symbol.dispose]() {
      client.destroy();
      accepted.destroy();
    },
  };
}

/** What one end of a connection received, and how the connection ended. */
export interface Ending {
  readonly received: Buffer;
  /** Whether the peer sent its FIN. */
  readonly sawEnd: boolean;
  /** The error of a reset, or undefined. */
  readonly error: Error | undefined;
}

/** Reads from a socket until its connection is closed. */
export function readToClose(socket: Socket): Promise<Ending> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let sawEnd = false;
    let error: Error | undefined;
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => {
      sawEnd = true;
    });
    socket.on('error', (reason) => {
      error = reason;
    });
    socket.once('close', () => resolve({ received: Buffer.concat(chunks), sawEnd, error }));
  });
}
