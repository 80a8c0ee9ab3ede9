import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, deadline, onAbort, systemClock } from '../base/async.ts';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import { connect } from './connect.ts';
import { requestHeaders } from './headers.ts';
import { redactError } from './redaction.ts';
import { requestInfo } from './requestInfo.ts';
import { logRequest } from './requestLog.ts';
import type { Credentials, RestConfig } from './restConfig.ts';
import { serverPath } from './serverPath.ts';
import { readStatus, redactedStatus, StatusError, statusError } from './statusError.ts';
import { isOpenSsl, tlsError } from './tlsError.ts';

/** A request to change the protocol of a connection (RFC 9110 section 7.8). */
export interface UpgradeRequest {
  readonly method: 'GET' | 'POST';
  /** The path to append to the path of the server URL, with the query. */
  readonly path: string;
  /** The name of the new protocol: `SPDY/3.1`, `websocket`. */
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The time limit for the headers of the response, in milliseconds. The time starts when the connection to the API
   * server is open. If the headers have not arrived when the time is over, the upgrade fails. If the server refuses the
   * upgrade, the same limit applies again to the body of the response.
   */
  readonly timeoutMs: number;
  readonly clock?: Clock;
}

/**
 * The connection after the server has accepted the upgrade. The caller owns the socket and must handle its `error`
 * events.
 */
export interface Upgraded {
  readonly socket: Socket;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Connects to the API server and upgrades the connection. After a 401, sends the request once more, with new
 * credentials.
 * @throws CodedError as {@link connect} does; `CREDENTIALS_FAILED` if no usable credentials can be obtained;
 *   `UNAUTHORIZED`, `FORBIDDEN`, `FORBIDDEN_CLUSTER_WIDE` or `POD_NOT_FOUND` if the server refuses the upgrade for this
 *   reason; `UPGRADE_REFUSED` if the server or a proxy does not support the protocol, or does not answer in time. The
 *   argument `status` of `UPGRADE_REFUSED` is the HTTP status if there was an answer, else the text `no response`
 */
export async function upgrade(
  config: RestConfig,
  request: UpgradeRequest,
  signal: AbortSignal,
): Promise<Upgraded> {
  for (let isFirst = true; ; isFirst = false) {
    const credentials = await config.credentials.get(signal);
    try {
      return await upgradeOnce(config, request, credentials, signal);
    } catch (error) {
      // Invalidates rejected credentials even after the second request. If they stayed in the cache, the next request
      // would get them.
      const hasOthers = isCoded(error, 'UNAUTHORIZED') && config.credentials.invalidate(credentials);
      if (!isFirst || !hasOthers) throw error;
    }
  }
}

async function upgradeOnce(
  config: RestConfig,
  request: UpgradeRequest,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Upgraded> {
  const socket = await connect(config, credentials, signal, request.clock);
  try {
    const answer = await sendUpgrade(config, request, credentials, socket, signal);
    if ('headers' in answer) return answer;
    throw await refusal(config, request, answer.refused, signal);
  } catch (error) {
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
}

function sendUpgrade(
  config: RestConfig,
  request: UpgradeRequest,
  credentials: Credentials,
  connected: Socket,
  signal: AbortSignal,
): Promise<Upgraded | { readonly refused: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const path = serverPath(config.server, request.path);
    const outgoing = http.request({
      createConnection: () => connected,
      method: request.method,
      path,
      headers: {
        Host: config.server.host,
        ...requestHeaders(config, credentials),
        Connection: 'Upgrade',
        Upgrade: request.protocol,
        ...(request.method === 'POST' && { 'Content-Length': '0' }),
        ...request.headers,
      } as http.OutgoingHttpHeaders,
    });
    logRequest(config, outgoing, path, request.clock ?? systemClock);
    const timedOut = () => noAnswer(config, request, `timed out after ${request.timeoutMs / 1000} s`);
    const limit = deadline(signal, request.timeoutMs, timedOut, request.clock);
    const settle = (finish: () => void) => {
      limit.dispose();
      finish();
    };
    const fail = (error: unknown) => settle(() => reject(error));
    // Keeps the handler after the first error (`on` instead of `once`): the request can report a second error later,
    // and an `error` event without a handler would end the process.
    outgoing.on('error', (reason) => {
      const error = redactError(config, reason);
      fail(
        isOpenSsl(error) ? tlsError(config, error) : noAnswer(config, request, describeError(error), error),
      );
    });
    outgoing.once('response', (response) => settle(() => resolve({ refused: response })));
    outgoing.once('upgrade', (response, socket: Socket, head) => {
      if (head.length > 0) socket.unshift(head);
      settle(() => resolve({ socket, headers: response.headers }));
    });
    onAbort(limit.signal, () => {
      fail(limit.signal.reason);
      outgoing.destroy();
    });
    outgoing.end();
  });
}

async function refusal(
  config: RestConfig,
  request: UpgradeRequest,
  response: IncomingMessage,
  signal: AbortSignal,
): Promise<Error> {
  // Stops reading the body of the response at the time limit, because the body may never end. The part of the body that
  // has arrived is used.
  using limit = deadline(signal, request.timeoutMs, () => undefined, request.clock);
  onAbort(limit.signal, () => response.destroy());
  const status = redactedStatus(config, await readStatus(response));
  signal.throwIfAborted();
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

function noAnswer(config: RestConfig, request: UpgradeRequest, reason: string, cause?: unknown): CodedError {
  const server = config.server.origin;
  const status = 'no response';
  return new CodedError('UPGRADE_REFUSED', { server, transport: request.protocol, status, reason }, cause);
}
