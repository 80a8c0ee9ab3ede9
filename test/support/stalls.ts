import type { Socket } from 'node:net';
import { connectTo, readUntil } from './tcpClient.ts';

const MORE_THAN_ALL_BUFFERS = 1_000_000_000;

/** A client that asks for a large answer and reads no more than its beginning. */
export async function startStalledDownload(port: number): Promise<Socket> {
  const socket = await connectTo(port);
  // It may be cut off while it waits or stalls: whoever reads sees it close.
  socket.on('error', () => {});
  socket.write(`GET /bytes?n=${MORE_THAN_ALL_BUFFERS} HTTP/1.1\r\nHost: pod\r\n\r\n`);
  await readUntil(socket, '\r\n\r\n');
  socket.pause();
  return socket;
}

/** A client that sends until nobody takes any more; resolves when that is so. */
export async function startStalledUpload(port: number): Promise<Socket> {
  const socket = await connectTo(port);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  while (socket.write(chunk)) await new Promise((resolve) => setImmediate(resolve));
  return socket;
}
