import type { JsonObject } from './api/requestBody.ts';
import type { Fault, TransportName, TransportRefusal } from './faults.ts';
import type { DropMode, TunnelSelection } from './portforward/tunnels.ts';

const TRANSPORTS: readonly TransportName[] = ['spdy', 'websocket', 'channel'];
const REFUSALS: readonly TransportRefusal[] = [
  400,
  401,
  403,
  404,
  426,
  429,
  500,
  502,
  503,
  'silence',
  'strip-upgrade',
];
const DROP_MODES: readonly DropMode[] = ['close', 'reset', 'silence'];

/** Checks the value of a field. Returns the value, or undefined if the value is invalid. */
type Check<T> = (value: unknown) => T | undefined;

/**
 * Parses a {@link Fault} from the JSON body of a request. The JSON has the same fields as the type.
 * @throws Error with a one-line message if the body is invalid
 */
export function parseFault(body: JsonObject): Fault {
  const selection = optional(body, { namespace: text, pod: text, port: count });
  switch (body['type']) {
    case 'refusePort':
      return { type: 'refusePort', ...selection };
    case 'stallPort':
      return { type: 'stallPort', what: required(body, 'what', oneOf(['read', 'answer'])), ...selection };
    case 'resetPort':
      return { type: 'resetPort', afterBytes: required(body, 'afterBytes', count), ...selection };
    case 'answer':
      return {
        type: 'answer',
        status: required(body, 'status', httpStatus),
        ...optional(body, { times: count, retryAfterSeconds: count, verb: text, path: text, user: text }),
      };
    case 'refuseTransport':
      return {
        type: 'refuseTransport',
        transport: required(body, 'transport', oneOf(TRANSPORTS)),
        how: required(body, 'how', oneOf(REFUSALS)),
        ...optional(body, { times: count }),
      };
    case 'latency':
      return { type: 'latency', roundTripMs: required(body, 'roundTripMs', count) };
    case 'slowUpgrade':
      return { type: 'slowUpgrade', delayMs: required(body, 'delayMs', count) };
    case 'freeze':
      return { type: 'freeze' };
    default:
      throw new Error(
        'type must be refusePort, stallPort, resetPort, answer, refuseTransport, latency, slowUpgrade or freeze',
      );
  }
}

/**
 * Parses the JSON body of a request that drops tunnels: `{ mode, transport?, namespace?, pod?, count? }`. The field
 * `mode` says how to drop tunnels, and the other fields select the tunnels.
 * @throws Error with a one-line message if the body is invalid
 */
export function parseTunnelDrop(body: JsonObject): {
  readonly mode: DropMode;
  readonly selection: TunnelSelection;
} {
  return {
    mode: required(body, 'mode', oneOf(DROP_MODES)),
    selection: optional(body, { transport: oneOf(TRANSPORTS), namespace: text, pod: text, count }),
  };
}

function required<T>(body: JsonObject, name: string, check: Check<T>): T {
  const value = check(body[name]);
  if (value === undefined) throw new Error(`${name} is missing or invalid`);
  return value;
}

/** Returns the checked values of the fields that are present. @throws Error if a value is invalid */
function optional<T extends Record<string, unknown>>(
  body: JsonObject,
  checks: { readonly [K in keyof T]: Check<T[K]> },
): Partial<T> {
  const found: Partial<T> = {};
  for (const name in checks) {
    if (body[name] !== undefined) found[name] = required(body, name, checks[name]);
  }
  return found;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function httpStatus(value: unknown): number | undefined {
  const status = count(value);
  return status !== undefined && status >= 400 && status <= 599 ? status : undefined;
}

function oneOf<T>(values: readonly T[]): Check<T> {
  return (value) => values.find((each) => each === value);
}
