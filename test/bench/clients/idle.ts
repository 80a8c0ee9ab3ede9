import { exchange, getRequest } from './exchange.ts';

/** The time after which the idle connections fail, in milliseconds. Every measurement ends earlier. */
const OPEN_LIMIT_MS = 60_000;

/**
 * Opens `count` connections, which stay open after one response each. Disposing of the result closes the connections
 * with a FIN.
 * @throws Error if a request gets no response
 */
export async function openIdle(port: number, count: number): Promise<AsyncDisposable> {
  const request = getRequest('/healthz');
  const open = Array.from({ length: count }, () => exchange({ port, request, limitMs: OPEN_LIMIT_MS }));
  await Promise.all(open.map(({ answered }) => answered));
  return {
    async [Symbol.asyncDispose]() {
      for (const { socket } of open) socket.end();
      await Promise.allSettled(open.map(({ closed }) => closed));
    },
  };
}
