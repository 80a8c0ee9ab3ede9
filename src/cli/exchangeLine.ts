import { formatBytes, formatDuration } from '../base/quantities.ts';
import { printable } from '../base/text.ts';
import type { Exchange } from '../kinds/exchange.ts';

/**
 * The maximum length of a path with its query, in characters. Longer texts are truncated, so that each request fits on
 * one line.
 */
const PATH_LIMIT = 200;

/**
 * Returns one line for a request and its response: `10:02:11 GET /api/items 200 12 ms 3.4 kB pod/web-1`. For a gateway,
 * the line begins with the requested service: `web.demo 10:02:11 GET …`.
 */
export function exchangeLine(exchange: Exchange): string {
  const { startedAt, method, path, queryNames, status, grpcStatus, durationMs, pod, note } = exchange;
  const names = queryNames === undefined ? '' : `?${queryNames.join('&')}`;
  const target = `${path ?? exchange.host ?? ''}${names}`;
  const words = [
    exchange.service ?? '',
    timeOf(startedAt),
    method ?? exchange.protocol.toUpperCase(),
    target.length > PATH_LIMIT ? `${target.slice(0, PATH_LIMIT)}…` : target,
    status === undefined ? (method === undefined ? '' : '-') : String(status),
    grpcStatus === undefined ? '' : `grpc-status ${grpcStatus}`,
    durationMs === undefined ? 'open' : formatDuration(durationMs),
    formatBytes(exchange.responseBytes),
    messagesOf(exchange),
    pod === undefined ? '' : `pod/${pod}`,
    note === undefined ? '' : `(${note})`,
  ];
  return printable(words.filter((word) => word !== '').join(' '));
}

/**
 * Returns the fields of an exchange for JSON output. The start time is an ISO 8601 text. The id of the forward is
 * omitted, because this id has no meaning outside the process that runs the forward.
 */
export function exchangeFields({ startedAt, forward: _forward, ...fields }: Exchange): object {
  return { ...fields, startedAt: new Date(startedAt).toISOString() };
}

function messagesOf({ requestMessages, responseMessages }: Exchange): string {
  if (requestMessages === undefined || responseMessages === undefined) return '';
  return `${requestMessages} messages sent, ${responseMessages} received`;
}

/** Returns the local time of day. */
function timeOf(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
