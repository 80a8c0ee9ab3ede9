import type { Socket } from 'node:net';
import { connectTo, readUntil } from './tcpClient.ts';

const MORE_THAN_ALL_BUFFERS = 1_000_000_000;

/** Starts a client that asks for a large answer and reads only its beginning. */
export async function startStalledDownload(port: number): Promise<Socket> {
  const socket = await connectTo(port);
  // The client may be cut off while it waits or stalls; readers see it close.
  socket.on('error', () => {});
  socket.write(`GET /bytes?n=${MORE_THAN_ALL_BUFFERS} HTTP/1.1\r\nHost: pod\r\n\r\n`);
  await readUntil(socket, '\r\n\r\n');
  socket.pause();
  return socket;
}

/** Starts a client that sends until nobody accepts more; resolves at that point. */
export async function startStalledUpload(port: number): Promise<Socket> {
  const socket = await connectTo(port);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  while (socket.write(chunk)) await new Promise((resolve) => setImmediate(resolve));
  return socket;
}
