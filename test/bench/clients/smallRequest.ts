import { complete, type ExchangeOptions, getRequest } from './exchange.ts';

/** What is asked for: a short answer. */
export const SMALL_PATH = '/bytes?n=100';

/** How a request is sent, and what comes before it. */
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
  /** To the first byte of each, milliseconds. */
  readonly firstByteMs: readonly number[];
}

/** A forward that is dead refuses at once: no need to ask it a million times. */
const FAILURE_PAUSE_MS = 10;

/** That many clients at once, each with a new connection for every request, until `isOver`. */
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

/** Whether a run of that many seconds is over. */
export function after(seconds: number): () => boolean {
  const end = performance.now() + seconds * 1000;
  return () => performance.now() >= end;
}
