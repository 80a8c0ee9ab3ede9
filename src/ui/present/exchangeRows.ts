import { defined } from '../../base/defined.ts';
import { formatBytes, formatDuration } from '../../base/quantities.ts';
import { shortPrintable } from '../../base/text.ts';
import type { RequestRow, StatusLevel } from '../../panel/messages.ts';
import type { Exchange } from '../../rpc/exchanges.ts';

/**
 * The maximum length of each text of a row, such as a host name or a path; longer texts are shortened. Needed because
 * local clients and pods choose these texts and could make them very long.
 */
const CELL_LIMIT = 1_000;

const PROTOCOL_NAMES: Partial<Record<Exchange['protocol'], string>> = {
  websocket: 'WebSocket',
  tls: 'TLS',
  tcp: 'TCP',
};

/**
 * The row of a request, or of a connection that is not HTTP. All texts are plain text without control characters.
 * @param toTime the result of `timeFormatter`; use one result for all rows, because `timeFormatter` is slow
 */
export function presentExchange(
  exchange: Exchange,
  forwardName: string,
  toTime: (epochMs: number) => string,
): RequestRow {
  const path = pathText(exchange);
  const note = cell(exchange.note ?? '');
  const { status } = exchange;
  return {
    id: exchange.id,
    time: toTime(exchange.startedAt),
    forward: cell(exchange.service ?? forwardName),
    method: methodText(exchange),
    host: cell(exchange.host ?? ''),
    path,
    target: [path, note].filter((text) => text !== '').join(' · '),
    note,
    status: statusText(exchange),
    ...defined({ statusCode: status }),
    level: statusLevel(exchange),
    duration: exchange.durationMs === undefined ? '…' : formatDuration(exchange.durationMs),
    size: formatBytes(exchange.responseBytes),
    pod: cell(exchange.pod ?? ''),
    isRecorded: exchange.isRecorded,
  };
}

/** The method, or the protocol of a connection that is not HTTP. */
export function methodText({ method, protocol }: Exchange): string {
  return cell(method ?? PROTOCOL_NAMES[protocol] ?? '');
}

/**
 * Returns the path with the names of the query parameters, such as `/api/items?page&size`. The request log does not
 * contain the values of the parameters.
 */
export function pathText({ path = '', queryNames = [] }: Exchange): string {
  return cell(queryNames.length === 0 ? path : `${path}?${queryNames.join('&')}`);
}

/**
 * Returns the HTTP status, and for gRPC also the gRPC status: `200`, `200 UNAVAILABLE`. Empty if there is no response
 * yet, or the connection is not HTTP.
 */
export function statusText({ status, grpcStatus }: Exchange): string {
  const grpc = grpcStatus === undefined ? undefined : grpcStatusName(grpcStatus);
  return [status, grpc].filter((part) => part !== undefined).join(' ');
}

function statusLevel({ status, grpcStatus }: Exchange): StatusLevel {
  if (grpcStatus !== undefined && grpcStatus !== 0) return 'serverError';
  if (status === undefined) return 'none';
  if (status >= 500) return 'serverError';
  if (status >= 400) return 'clientError';
  return status >= 300 ? 'redirect' : 'ok';
}

function cell(text: string): string {
  return shortPrintable(text, CELL_LIMIT);
}

/** Names of the gRPC status codes from 0 to 16: https://grpc.io/docs/guides/status-codes/ */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** Returns the name of a gRPC status code, such as `UNAVAILABLE`, or the number of an unknown code. */
function grpcStatusName(code: number): string {
  return NAMES[code] ?? String(code);
}
