import { complete, exchange, getRequest } from './exchange.ts';

/** The slowest acceptable rate of a transfer. A transfer that is slower exceeds its time limit, and fails. */
const SLOWEST_BYTES_PER_SECOND = 5_000_000;
const LIMIT_MS = 15_000;
const UPLOAD_CHUNK = Buffer.alloc(256 * 1024, 'kube-port-forward ');

/** Downloads `bytes` bytes over a new connection. Rejects if fewer bytes arrive. */
export async function download(port: number, bytes: number): Promise<void> {
  await complete({ port, request: getRequest(`/bytes?n=${bytes}`), limitMs: limitFor(bytes) });
}

/** Uploads `bytes` bytes over a new connection, and waits for a response with a status of 2xx. */
export async function upload(port: number, bytes: number): Promise<void> {
  const { socket, answered } = exchange({
    port,
    request: `PUT /upload HTTP/1.1\r\nHost: pod\r\nContent-Length: ${bytes}\r\n\r\n`,
    limitMs: limitFor(bytes),
  });
  let left = bytes;
  const send = () => {
    while (left > 0) {
      const chunk = UPLOAD_CHUNK.subarray(0, left);
      left -= chunk.length;
      if (!socket.write(chunk)) return;
    }
  };
  socket.on('drain', send);
  send();
  await answered;
  socket.destroy();
}

/** Starts `count` equal transfers at the same time. Resolves with the time until all have ended, in seconds. */
export async function timed(count: number, transfer: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: count }, transfer));
  return (performance.now() - startedAt) / 1000;
}

function limitFor(bytes: number): number {
  return LIMIT_MS + (bytes / SLOWEST_BYTES_PER_SECOND) * 1000;
}
