import type { PortForwardRequest } from './portForwardApi.ts';

/** The signal of a request of another extension; undefined if it is none. */
export function signalOf(request: unknown): AbortSignal | undefined {
  const signal = (request as Partial<PortForwardRequest> | null | undefined)?.signal;
  return typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function'
    ? signal
    : undefined;
}
