import { defined } from '../base/defined.ts';
/** The `Status` object of Kubernetes, which is the body of every error response. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Failure' | 'Success';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: Readonly<Record<string, string | number>>;
  readonly code: number;
}

/** Thrown by a request handler to send an error response with a `Status` as its body. */
export class ApiStatusError extends Error {
  readonly status: Status;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: Status, headers: Readonly<Record<string, string>> = {}) {
    super(status.message);
    this.name = 'ApiStatusError';
    this.status = status;
    this.headers = headers;
  }
}

export function failure(code: number, reason: string, message: string, details?: Status['details']): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...defined({ details }),
    code,
  };
}

export function unauthorized(): Status {
  return failure(401, 'Unauthorized', 'Unauthorized');
}

export function badRequest(message: string): Status {
  return failure(400, 'BadRequest', message);
}

/**
 * Returns the status for an object that does not exist.
 * @param kind the plural name of the resource, which a real server also sends in the field `kind`
 */
export function notFound(kind: string, group: string, name: string): Status {
  const qualified = group === '' ? kind : `${kind}.${group}`;
  return failure(404, 'NotFound', `${qualified} "${name}" not found`, {
    name,
    ...(group === '' ? {} : { group }),
    kind,
  });
}

export function alreadyExists(kind: string, group: string, name: string): Status {
  const qualified = group === '' ? kind : `${kind}.${group}`;
  return failure(409, 'AlreadyExists', `${qualified} "${name}" already exists`, { name, kind });
}

/** Returns the status for an object that fails validation. */
export function invalid(kind: string, name: string, cause: string): Status {
  return failure(422, 'Invalid', `${kind} "${name}" is invalid: ${cause}`, { name, kind });
}

export function pathNotFound(): Status {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function methodNotAllowed(): Status {
  return failure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

/**
 * Returns the status for a resource version that is too old. A list with an old `continue` token responds with this
 * status, and a watch sends it in an `ERROR` event.
 */
export function expired(message: string): Status {
  return failure(410, 'Expired', message);
}

/**
 * Returns the status that an `answer` fault (a simulated failure) sends, with the usual reason and message for the HTTP
 * status code.
 */
export function injected(code: number, retryAfterSeconds?: number): Status {
  const [reason, message] = INJECTED[code] ?? ['InternalError', `answered ${code} on demand`];
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return failure(code, reason, message, details);
}

const INJECTED: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'Unauthorized'],
  403: ['Forbidden', 'forbidden on demand'],
  404: ['NotFound', 'the server could not find the requested resource'],
  409: [
    'Conflict',
    'the object has been modified; please apply your changes to the latest version and try again',
  ],
  410: ['Expired', 'The provided continue parameter is too old to display a consistent list result.'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  500: ['InternalError', 'Internal error occurred: failed on demand'],
  502: ['', 'Bad Gateway'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
};
