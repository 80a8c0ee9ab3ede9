/** Why a text is not read: it is not JSON, it ends too early, or it exceeds a limit of its reader. */
export type JsonFault = 'malformed' | 'unfinished' | 'tooDeep' | 'tooLong';

/** The message ends a sentence about the text and contains nothing of it, because it may be a secret. */
export class JsonError extends Error {
  readonly fault: JsonFault;

  constructor(fault: JsonFault, message: string) {
    super(message);
    this.name = 'JsonError';
    this.fault = fault;
  }
}

export function malformed(): JsonError {
  return new JsonError('malformed', 'is malformed');
}
