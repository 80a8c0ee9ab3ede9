import type { ErrorArguments, ErrorCode } from '../base/errors.ts';

/** The type of a message between client and host. `method` is the name of the message in JSON-RPC. */
class MessageType {
  readonly method: string;

  constructor(method: string) {
    this.method = method;
  }
}

/** A request that takes parameters. */
export class RequestType<P, R> extends MessageType {
  declare protected readonly types: (parameters: P) => R;
}

/** A request without parameters. */
export class RequestType0<R> extends MessageType {
  declare protected readonly types: () => R;
}

/** A message that the host sends by itself, without a request. The client does not answer it. */
export class NotificationType<P> extends MessageType {
  declare protected readonly types: (parameters: P) => void;
}

/** An error to show to the user. A window translates the error by its code. */
export interface ErrorInfo {
  readonly code: ErrorCode;
  readonly arguments: ErrorArguments;
}
