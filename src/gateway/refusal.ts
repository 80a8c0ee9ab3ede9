import type { CodedError, ErrorCode } from '../base/errors.ts';
import { SOCKS_REPLY, type SocksReply } from './socks.ts';

/** How a refusal is expressed in the protocol of the local client, HTTP or SOCKS 5. */
export interface Refusal {
  /** The HTTP status code (RFC 9110 section 15). */
  readonly status: number;
  readonly socks: SocksReply;
}

const REFUSALS: Readonly<Partial<Record<ErrorCode, Refusal>>> = {
  REQUEST_REFUSED: { status: 403, socks: SOCKS_REPLY.notAllowed },
  NAME_OUTSIDE: { status: 403, socks: SOCKS_REPLY.notAllowed },
  NAME_UNKNOWN: { status: 502, socks: SOCKS_REPLY.hostUnreachable },
  PORT_NOT_CHOSEN: { status: 300, socks: SOCKS_REPLY.refused },
  SERVICE_PORT_NOT_FOUND: { status: 502, socks: SOCKS_REPLY.refused },
  PORT_NAME_NOT_FOUND: { status: 502, socks: SOCKS_REPLY.refused },
  UDP_NOT_SUPPORTED: { status: 502, socks: SOCKS_REPLY.refused },
  SERVICE_WITHOUT_SELECTOR: { status: 502, socks: SOCKS_REPLY.networkUnreachable },
  SERVICE_IS_EXTERNAL: { status: 502, socks: SOCKS_REPLY.networkUnreachable },
  NO_ENDPOINTS: { status: 503, socks: SOCKS_REPLY.hostUnreachable },
  POD_NOT_FOUND: { status: 503, socks: SOCKS_REPLY.hostUnreachable },
  FORBIDDEN: { status: 403, socks: SOCKS_REPLY.notAllowed },
  NAMESPACE_NOT_FOUND: { status: 502, socks: SOCKS_REPLY.hostUnreachable },
  NOT_CONNECTED: { status: 504, socks: SOCKS_REPLY.hostUnreachable },
  TIMED_OUT: { status: 504, socks: SOCKS_REPLY.networkUnreachable },
  OUTSIDE_UNREACHABLE: { status: 502, socks: SOCKS_REPLY.networkUnreachable },
  UNREACHABLE: { status: 502, socks: SOCKS_REPLY.networkUnreachable },
};

const OTHER: Refusal = { status: 502, socks: SOCKS_REPLY.failure };

export function refusalOf({ code }: CodedError): Refusal {
  return REFUSALS[code] ?? OTHER;
}
