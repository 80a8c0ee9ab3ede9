import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Clock } from '../base/async.ts';
import { describeError } from '../base/errors.ts';
import type { RestConfig } from './restConfig.ts';

/** Reports a request to {@link RestConfig.onRequest} when its response begins or when the request fails. */
export function logRequest(
  { server, onRequest }: RestConfig,
  outgoing: ClientRequest,
  path: string,
  clock: Clock,
): void {
  if (onRequest === undefined) return;
  const startMs = clock.now();
  let isLogged = false;
  const log = (outcome: number | string) => {
    if (isLogged) return;
    isLogged = true;
    const url = server.origin + path;
    onRequest({ method: outgoing.method, url, outcome, durationMs: clock.now() - startMs });
  };
  const answered = ({ statusCode = 0 }: IncomingMessage) => log(statusCode);
  outgoing.once('response', answered).once('upgrade', answered);
  outgoing.on('error', (error) => log(describeError(error)));
}
