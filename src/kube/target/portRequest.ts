import { CodedError } from '../../base/errors.ts';
import { checkLocalPorts, isPortName, parsePortNumber, parseRemotePort } from '../../kinds/ports.ts';
import type { Target } from '../../kinds/target.ts';

/** A requested pair of ports, such as `8080:http`, before the port name is resolved to a number. */
export interface PortRequest {
  /** `same` means that the local port gets the number of the remote port. 0 means any free port. */
  readonly local: number | 'same';
  readonly remote: number | string;
}

/**
 * Parses port requests such as `80`, `8080:80`, `:80` and `0:80`. The remote port can also be a name: `8080:http`. For
 * a service, ignores a plus sign before the remote port (`8080:+80`), as kubectl does.
 * @throws CodedError `INVALID_PORT`, `DUPLICATE_LOCAL_PORT`
 */
export function parsePortRequests(texts: readonly string[], target?: Target): PortRequest[] {
  const isService = target?.kind === 'service';
  const requests = texts.map((text) => parsePortRequest(text, isService));
  checkLocalPorts(
    requests.map(({ local, remote }) =>
      local === 'same' ? (typeof remote === 'number' ? remote : 0) : local,
    ),
  );
  return requests;
}

function parsePortRequest(text: string, isService: boolean): PortRequest {
  const [first = '', second, ...more] = text.split(':');
  const remote = parseRemotePort(isService ? (second?.replace(/^\+(?=\d)/, '') ?? first) : (second ?? first));
  const local = parseLocal(first, second);
  if (remote === undefined || local === undefined || more.length > 0) {
    throw new CodedError('INVALID_PORT', { text });
  }
  return { local, remote };
}

/**
 * Returns the local port of a request. Like kubectl, treats `http:http` as `http`: the local port gets the number of
 * the remote port named `http`. Returns undefined for an invalid port.
 * @param first the text before the colon
 * @param second the text after the colon; undefined if there is no colon
 */
function parseLocal(first: string, second: string | undefined): PortRequest['local'] | undefined {
  if (second === undefined || (first === second && isPortName(first))) return 'same';
  return first === '' ? 0 : parsePortNumber(first);
}
