/** Why a text is not read: it is no JSON, it ends too early, or it is more than its reader takes. */
export type JsonFault = 'malformed' | 'unfinished' | 'tooDeep' | 'tooLong';

/** Its message ends a sentence about the text, of whose content, which may be a secret, it says nothing. */
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
