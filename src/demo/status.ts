import { defined } from '../base/defined.ts';
/** Kubernetes' `Status` object: the body of every answer that is not a success. */
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

/** Thrown by a handler to answer with a `Status` body. */
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

/** @param kind the plural name and, outside the core group, the group, as a real server writes it */
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

/** Returns the status for an object that breaks the rules of its kind. */
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

/** Returns the answer to a list that is continued too late, also the object of a watch's `ERROR` event. */
export function expired(message: string): Status {
  return failure(410, 'Expired', message);
}

/** Returns the answer of an injected fault: the status code with its usual reason and message. */
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
