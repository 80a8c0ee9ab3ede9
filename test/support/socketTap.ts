import { readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import type { TestEnd } from './demoForward.ts';
import { join as joinTo } from './tcpServer.ts';

/** Records all bytes between a forward host and the clients that connect to the host from now on. */
export interface SocketTap {
  fromHost(): string;
  fromClients(): string;
}

/**
 * Records the bytes between the host of a folder and the clients that connect from now on. Changes the socket path in
 * the host's record file, so that these clients connect to a server of this function, which connects to the host.
 */
export async function tapHost(test: TestEnd, folder: string): Promise<SocketTap> {
  const names = await readdir(folder);
  const path = join(folder, names.find((name) => name.startsWith('generation-')) ?? '');
  const record = JSON.parse(await readFile(path, 'utf8')) as { socket: string };
  const host: Buffer[] = [];
  const clients: Buffer[] = [];
  const server = net.createServer((client) => {
    client.on('data', (chunk) => clients.push(chunk)).on('error', () => {});
    joinTo(client, { path: record.socket }).on('data', (chunk) => host.push(chunk));
  });
  const tapPath = join(folder, 'tap');
  await new Promise<void>((resolve) => server.listen(tapPath, resolve));
  test.after(() => void server.close());
  await writeFile(path, JSON.stringify({ ...record, socket: tapPath }));
  return {
    fromHost: () => Buffer.concat(host).toString('utf8'),
    fromClients: () => Buffer.concat(clients).toString('utf8'),
  };
}
