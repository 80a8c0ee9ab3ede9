import type { Socket } from 'node:net';
import { join, TestTcpServer } from './tcpServer.ts';

export interface SocksServerOptions {
  /** The required login (RFC 1929). Optional, default none. */
  readonly login?: { readonly user: string; readonly password: string };
  /** The reply code for CONNECT (RFC 1928 section 6). Optional, default 0: success, and the proxy connects. */
  readonly reply?: number;
}

/**
 * Starts a SOCKS 5 proxy (RFC 1928). The proxy connects to the requested port on loopback, whatever host is requested.
 * `asked` of the result contains the hosts and ports that clients have requested.
 */
export function startSocksServer(options: SocksServerOptions = {}): Promise<TestTcpServer> {
  const server = new TestTcpServer((socket) => {
    serve(socket, options, server.asked).catch(() => socket.destroy());
  });
  return server.listen();
}

async function serve(
  client: Socket,
  { login, reply = 0 }: SocksServerOptions,
  asked: string[],
): Promise<void> {
  const [, methodCount = 0] = await read(client, 2);
  const methods = await read(client, methodCount);
  const method = login === undefined ? 0 : 2;
  if (!methods.includes(method)) return void client.end(Buffer.of(5, 0xff));
  client.write(Buffer.of(5, method));
  if (login !== undefined) {
    const user = (await read(client, (await read(client, 2))[1] ?? 0)).toString();
    const password = (await read(client, (await read(client, 1))[0] ?? 0)).toString();
    const isRight = user === login.user && password === login.password;
    client.write(Buffer.of(1, isRight ? 0 : 1));
    if (!isRight) return void client.end();
  }
  const [, , , type = 0] = await read(client, 4);
  const host = await readHost(client, type);
  const port = (await read(client, 2)).readUInt16BE();
  asked.push(`${host}:${port}`);
  client.write(Buffer.of(5, reply, 0, 1, 0, 0, 0, 0, 0, 0));
  if (reply !== 0) return void client.end();
  join(client, { port, host: '127.0.0.1' });
}

async function readHost(client: Socket, type: number): Promise<string> {
  if (type === 1) return [...(await read(client, 4))].join('.');
  if (type === 4) return `[${(await read(client, 16)).toString('hex')}]`;
  return (await read(client, (await read(client, 1))[0] ?? 0)).toString();
}

/** Reads exactly `length` bytes, and leaves further bytes in the socket. */
async function read(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    if (length === 0) return Buffer.alloc(0);
    const bytes = socket.read(length) as Buffer | null;
    if (bytes !== null && bytes.length === length) return bytes;
    if (socket.readableEnded || socket.destroyed) throw new Error('closed');
    await new Promise((resolve) => {
      socket.once('readable', resolve).once('close', resolve);
    });
  }
}
