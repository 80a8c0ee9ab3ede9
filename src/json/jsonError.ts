/**
 * The reason why a JSON text was rejected: it is not JSON, it ends too early, or it exceeds a limit of the reader.
 */
export type JsonFault = 'malformed' | 'unfinished' | 'tooDeep' | 'tooLong';

/**
 * Thrown when a JSON text is rejected. The message is the second half of a sentence about the text, such as `is
 * malformed`. It never quotes the text, because the text may contain a secret.
 */
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
