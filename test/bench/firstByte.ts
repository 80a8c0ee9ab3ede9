import { once } from 'node:events';
import net from 'node:net';

const LIMIT_MS = 10_000;

/** Opens a new connection, asks for a short answer, and waits for its first byte. Milliseconds. */
export async function measureFirstByte(port: number): Promise<number> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const start = performance.now();
  const socket = net.connect({ host: '127.0.0.1', port, signal });
  socket.write('GET /healthz HTTP/1.1\r\nHost: pod\r\nConnection: close\r\n\r\n');
  await once(socket, 'data', { signal });
  const elapsed = performance.now() - start;
  // Both sides end in order: a reset would end a kubectl port-forward.
  socket.resume().end();
  await once(socket, 'close', { signal });
  return elapsed;
}
