import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { RecordedRequest } from './recordedRequest.ts';

/**
 * Sends a request through its forward and resolves with the status. Reads the response to its end, so that the log shows all of
 * it.
 * @param signal ends the request at any point
 * @throws a system error, or the reason of the signal
 */
export async function sendAgain(recorded: RecordedRequest, signal: AbortSignal): Promise<number> {
  const { method, origin, target, headers, body } = recorded;
  const { hostname, port, host } = new URL(origin);
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
  const hasBody = body.length > 0 || !['GET', 'HEAD'].includes(method);
  const sent: readonly (readonly [name: string, value: string])[] = [
    ...(hasHost ? [] : [['Host', host] as const]),
    ...headers,
    ...(hasBody ? [['Content-Length', String(body.length)] as const] : []),
  ];
  const outgoing = request({
    // `URL` keeps the brackets of IPv6 addresses.
    host: hostname.endsWith('.localhost') ? 'localhost' : hostname.replace(/^\[|\]$/g, ''),
    port,
    method,
    path: target,
    // Node.js sends each character of a header as a byte.
    headers: sent.flatMap(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
    agent: false,
    signal,
  });
  outgoing.end(body);
  const [response]: [IncomingMessage] = (await once(outgoing, 'response', { signal })) as never;
  // The log shows an early end of the response.
  outgoing.on('error', () => {});
  response.on('error', () => {});
  response.resume();
  return response.statusCode ?? 0;
}
