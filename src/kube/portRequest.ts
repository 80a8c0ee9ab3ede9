import { CodedError } from '../base/errors.ts';

/** A pair of ports as someone asked for it, before it is known what a name stands for. */
export interface PortRequest {
  /** `same` is the number of what was asked for remotely; 0 is any free one. */
  readonly local: number | 'same';
  readonly remote: number | string;
}

/** A pair of ports to forward. */
export interface PortPair {
  /** 0 for any free one. */
  readonly local: number;
  readonly remote: number;
}

// A port's name (RFC 6335 section 5.1) has a letter in it, so that it is never mistaken for a number.
const PORT_NAME = /^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Reads `REMOTE`, `LOCAL:REMOTE`, `:REMOTE` or `0:REMOTE`, with REMOTE a number or the name of a port.
 * @throws CodedError `INVALID_PORT`, `DUPLICATE_LOCAL_PORT`
 */
export function parsePortRequests(texts: readonly string[]): PortRequest[] {
  const requests = texts.map(parsePortRequest);
  checkLocalPorts(
    requests.map(({ local, remote }) =>
      local === 'same' ? (typeof remote === 'number' ? remote : 0) : local,
    ),
  );
  return requests;
}

/** @throws CodedError `DUPLICATE_LOCAL_PORT` */
export function checkLocalPorts(ports: readonly number[]): void {
  const seen = new Set<number>();
  for (const port of ports) {
    if (port !== 0 && seen.has(port)) throw new CodedError('DUPLICATE_LOCAL_PORT', { port });
    seen.add(port);
  }
}

function parsePortRequest(text: string): PortRequest {
  const [first = '', second, ...more] = text.split(':');
  const remote = parseRemote(second ?? first);
  const local = second === undefined ? 'same' : first === '' ? 0 : parseNumber(first);
  if (remote === undefined || local === undefined || more.length > 0) {
    throw new CodedError('INVALID_PORT', { text });
  }
  return { local, remote };
}

function parseRemote(text: string): number | string | undefined {
  const number = parseNumber(text);
  if (number !== undefined) return number === 0 ? undefined : number;
  return PORT_NAME.test(text) ? text : undefined;
}

function parseNumber(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}
