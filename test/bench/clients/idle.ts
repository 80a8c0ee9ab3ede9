import { exchange, getRequest } from './exchange.ts';

/** For as long as anything here is open. */
const OPEN_LIMIT_MS = 60_000;

/**
 * Opens this many connections that stay open after one answer each. Disposing closes them in an orderly way.
 * @throws Error if one is not answered
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
