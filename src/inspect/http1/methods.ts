import { HTTPParser } from 'http-parser-js';

/** The request methods that the parser knows. */
export const METHODS: readonly string[] = HTTPParser.methods;

/** A request line of HTTP/1 (RFC 9112 section 3), without its line break. */
const REQUEST_LINE = /^([A-Z-]{1,20}) [^ ]+ HTTP\/1\.\d$/;

/** Returns the method of a request line if the parser does not know the method: `QUERY`. */
export function unknownMethod(line: string): string | undefined {
  const method = REQUEST_LINE.exec(line)?.[1];
  return method === undefined || METHODS.includes(method) ? undefined : method;
}

/** Why a connection with such a request is not followed, for a row. */
export function unknownMethodNote(method: string): string {
  return `logging stopped: unknown request method ${method}`;
}
