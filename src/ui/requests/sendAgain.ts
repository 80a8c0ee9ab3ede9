import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { hostOf } from '../../base/address.ts';
import type { RecordedRequest } from './recordedRequest.ts';

/**
 * Sends a request through its forward or gateway. Resolves with the status as soon as the response begins. The rest of
 * the response is still read to its end, so that the request log shows all of it.
 * @param signal aborts the request at any point
 * @throws a system error, or an `AbortError` if the signal is aborted
 */
export async function sendAgain(recorded: RecordedRequest, signal: AbortSignal): Promise<number> {
  const { method, origin, target, headers, body } = recorded;
  const url = new URL(origin);
  const { hostname, port, host } = url;
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
  const hasBody = body.length > 0 || !['GET', 'HEAD'].includes(method);
  const sent: readonly (readonly [name: string, value: string])[] = [
    ...(hasHost ? [] : [['Host', host] as const]),
    ...headers,
    ...(hasBody ? [['Content-Length', String(body.length)] as const] : []),
  ];
  const outgoing = request({
    // For a name below `localhost`, such as `web.localhost`, connects to `localhost`, because not every system resolves
    // such names.
    host: hostname.endsWith('.localhost') ? 'localhost' : hostOf(url),
    port,
    method,
    path: target,
    // Node.js writes each character of a header as one byte, and rejects larger characters. So each byte of the UTF-8
    // text is passed as one character.
    headers: sent.flatMap(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
    agent: false,
    signal,
  });
  outgoing.end(body);
  const [response]: [IncomingMessage] = (await once(outgoing, 'response', { signal })) as never;
  // Ignores errors after the response has begun, because the request log shows that the response ended early.
  outgoing.on('error', () => {});
  response.on('error', () => {});
  response.resume();
  return response.statusCode ?? 0;
}
