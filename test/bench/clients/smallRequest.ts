import { complete, type ExchangeOptions, getRequest } from './exchange.ts';

/** The path of a short answer. */
export const SMALL_PATH = '/bytes?n=100';

/** The form of a request and the steps before it. */
export type RequestForm = Pick<ExchangeOptions, 'handshake' | 'request'>;

const REQUEST: RequestForm = { request: getRequest(SMALL_PATH) };

/** Asks for a short answer over a new connection. Resolves with the time to its first byte, milliseconds. */
export async function requestOnce(port: number, limitMs?: number, form = REQUEST): Promise<number> {
  const { firstByteMs } = await complete({ port, ...form, ...(limitMs !== undefined && { limitMs }) });
  return firstByteMs;
}

export interface RequestRun {
  /** Requests answered a second. */
  readonly perSecond: number;
  readonly failed: number;
  /** Times to the first byte of each request in milliseconds. */
  readonly firstByteMs: readonly number[];
}

/** A dead forward refuses at once: a pause avoids a million requests. */
const FAILURE_PAUSE_MS = 10;

/** Runs this many clients at once until `isOver`, each with a new connection for every request. */
export async function requestInTurns(
  port: number,
  clients: number,
  isOver: () => boolean,
  form = REQUEST,
): Promise<RequestRun> {
  const startedAt = performance.now();
  const firstByteMs: number[] = [];
  let failed = 0;
  const client = async () => {
    while (!isOver()) {
      try {
        firstByteMs.push(await requestOnce(port, undefined, form));
      } catch {
        failed++;
        await new Promise((resolve) => setTimeout(resolve, FAILURE_PAUSE_MS));
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { perSecond: firstByteMs.length / ((performance.now() - startedAt) / 1000), failed, firstByteMs };
}

/** Returns a function that tells whether this many seconds are over. */
export function after(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000;
  return () => performance.now() >= end;
}
