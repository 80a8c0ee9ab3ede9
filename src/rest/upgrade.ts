import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, onAbort, systemClock } from '../base/async.ts';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import { connect } from './connect.ts';
import { requestHeaders } from './headers.ts';
import { requestInfo } from './requestInfo.ts';
import type { Credentials, RestConfig } from './restConfig.ts';
import { readStatus, StatusError, statusError } from './statusError.ts';

/** A request to leave HTTP behind (RFC 9110 section 7.8). */
export interface UpgradeRequest {
  readonly method: 'GET' | 'POST';
  /** Below the server URL's own path, query included. */
  readonly path: string;
  /** The protocol to change to: `SPDY/3.1`, `websocket`. */
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long the server may take to answer, once connected. Milliseconds. */
  readonly timeoutMs: number;
  readonly clock?: Clock;
}

/** The connection after the server agreed. Whoever asked for it owns the socket and must listen to its errors. */
export interface Upgraded {
  readonly socket: Socket;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Connects to the API server and upgrades the connection. A 401 runs the credentials once more.
 * @throws CodedError as {@link connect} does; `UNAUTHORIZED`, `FORBIDDEN` or `POD_NOT_FOUND` where the server says so;
 *   `UPGRADE_REFUSED` when it, or something on the way, does not speak the protocol or gives no answer in time.
 */
export async function upgrade(
  config: RestConfig,
  request: UpgradeRequest,
  signal: AbortSignal,
): Promise<Upgraded> {
  const credentials = await config.credentials.get(signal);
  try {
    return await attempt(config, request, credentials, signal);
  } catch (error) {
    if (!isCoded(error, 'UNAUTHORIZED') || !config.credentials.invalidate(credentials)) throw error;
    return await attempt(config, request, await config.credentials.get(signal), signal);
  }
}

async function attempt(
  config: RestConfig,
  request: UpgradeRequest,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Upgraded> {
  const socket = await connect(config, credentials, signal);
  const answer = await exchange(config, request, credentials, socket, signal);
  if ('headers' in answer) return answer;
  try {
    throw await refusal(config, request, answer.refused);
  } finally {
    socket.destroy();
  }
}

function exchange(
  config: RestConfig,
  request: UpgradeRequest,
  credentials: Credentials,
  connected: Socket,
  signal: AbortSignal,
): Promise<Upgraded | { readonly refused: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const outgoing = http.request({
      createConnection: () => connected,
      method: request.method,
      path: config.server.pathname.replace(/\/+$/, '') + request.path,
      headers: {
        Host: config.server.host,
        ...requestHeaders(config, credentials),
        Connection: 'Upgrade',
        Upgrade: request.protocol,
        ...(request.method === 'POST' && { 'Content-Length': '0' }),
        ...request.headers,
      } as http.OutgoingHttpHeaders,
    });
    const settle = (finish: () => void) => {
      abort.dispose();
      timer.dispose();
      finish();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    // Stays on: what destroys the request reports it here as well.
    outgoing.on('error', (error) => fail(refused(config, request, 'no answer', describeError(error), error)));
    outgoing.once('response', (response) => settle(() => resolve({ refused: response })));
    outgoing.once('upgrade', (response, socket: Socket, head) => {
      if (head.length > 0) socket.unshift(head);
      settle(() => resolve({ socket, headers: response.headers }));
    });
    const timer = (request.clock ?? systemClock).setTimer(request.timeoutMs, () => {
      const seconds = request.timeoutMs / 1000;
      fail(refused(config, request, 'no answer', `none within ${seconds} s`));
      outgoing.destroy();
    });
    const abort = onAbort(signal, () => {
      fail(signal.reason);
      outgoing.destroy();
    });
    outgoing.end();
  });
}

async function refusal(
  config: RestConfig,
  request: UpgradeRequest,
  response: IncomingMessage,
): Promise<Error> {
  const status = await readStatus(response);
  if (status.code === 404 && status.kind === 'pods') {
    const namespace = requestInfo(request.method, request.path)?.namespace ?? '';
    return new StatusError(status, 'POD_NOT_FOUND', { name: status.name ?? '', namespace });
  }
  const error = statusError(config, status, requestInfo(request.method, request.path));
  if (error.code !== 'API_ERROR') return error;
  const reason = status.message.trim() || status.reason || 'no reason given';
  return new StatusError(status, 'UPGRADE_REFUSED', {
    server: config.server.origin,
    transport: request.protocol,
    status: status.code,
    reason,
  });
}

function refused(
  config: RestConfig,
  request: UpgradeRequest,
  status: string,
  reason: string,
  cause?: unknown,
): CodedError {
  const server = config.server.origin;
  return new CodedError('UPGRADE_REFUSED', { server, transport: request.protocol, status, reason }, cause);
}
