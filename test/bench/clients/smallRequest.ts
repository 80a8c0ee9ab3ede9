import { complete, type ExchangeOptions, getRequest } from './exchange.ts';

/** A path with a short response. */
export const SMALL_PATH = '/bytes?n=100';

/** A request, and the handshake with a proxy before it. */
export type RequestForm = Pick<ExchangeOptions, 'handshake' | 'request'>;

const REQUEST: RequestForm = { request: getRequest(SMALL_PATH) };

/**
 * Sends a request with a short response over a new connection. Resolves with the time to the first byte, in
 * milliseconds.
 */
export async function requestOnce(port: number, limitMs?: number, form = REQUEST): Promise<number> {
  const { firstByteMs } = await complete({ port, ...form, ...(limitMs !== undefined && { limitMs }) });
  return firstByteMs;
}

export interface RequestRun {
  /** The number of answered requests per second. */
  readonly perSecond: number;
  readonly failed: number;
  /** The time to the first byte of each answered request, in milliseconds. */
  readonly firstByteMs: readonly number[];
}

/**
 * The pause after a failed request. Without the pause, a forward that refuses all connections would get millions of
 * requests.
 */
const FAILURE_PAUSE_MS = 10;

/**
 * Runs several clients at the same time until `isDone` returns true. Each client opens a new connection for every
 * request.
 */
export async function requestInTurns(
  port: number,
  clients: number,
  isDone: () => boolean,
  form = REQUEST,
): Promise<RequestRun> {
  const firstByteMs: number[] = [];
  let failed = 0;
  const client = async () => {
    while (!isDone()) {
      try {
        firstByteMs.push(await requestOnce(port, undefined, form));
      } catch {
        failed++;
        await new Promise((resolve) => setTimeout(resolve, FAILURE_PAUSE_MS));
      }
    }
  };
  const seconds = await secondsOf(clients, client);
  return { perSecond: firstByteMs.length / seconds, failed, firstByteMs };
}

/**
 * Runs several clients at the same time until `isDone` returns true. Each client sends all its requests over one
 * connection, as browsers and HTTP libraries do. Resolves with the number of answered requests per second.
 */
export async function requestOverKeptConnections(
  port: number,
  clients: number,
  isDone: () => boolean,
  form = REQUEST,
): Promise<number> {
  let answers = 0;
  const isRepeated = () => {
    answers++;
    return !isDone();
  };
  const seconds = await secondsOf(clients, () => complete({ port, ...form, isRepeated }));
  return answers / seconds;
}

/** Runs several clients at the same time, and resolves with the time until all have ended, in seconds. */
async function secondsOf(clients: number, client: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  return (performance.now() - startedAt) / 1000;
}

/** Returns a function that returns whether `seconds` seconds have passed. */
export function after(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000;
  return () => performance.now() >= end;
}
