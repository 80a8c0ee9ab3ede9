import { readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import type { TestEnd } from './demoForward.ts';
import { join as joinTo } from './tcpServer.ts';

/** Records all bytes between a host and the clients that connect later. */
export interface SocketTap {
  fromHost(): string;
  fromClients(): string;
}

/**
 * Places a tap between the host of a folder and its later clients. Changes the host's record, so that clients connect
 * to the tap, which connects to the host.
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
