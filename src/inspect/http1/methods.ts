import { HTTPParser } from 'http-parser-js';
import { keptBeginning } from '../kept.ts';

/** The maximum length of an unknown method in a note. The note contains only the beginning of a longer method. */
const METHOD_LIMIT = 20;
/** The request methods that http-parser-js knows. */
export const METHODS: readonly string[] = HTTPParser.methods;

/** Matches a request line of HTTP/1 (RFC 9112 section 3), without its line break. */
const REQUEST_LINE = /^([A-Z-]{1,20}) [^ ]+ HTTP\/1\.\d$/;

/** Returns the method of a request line if http-parser-js does not know it, such as `QUERY`; otherwise undefined. */
export function unknownMethod(line: string): string | undefined {
  const method = REQUEST_LINE.exec(line)?.[1];
  return method === undefined || METHODS.includes(method) ? undefined : method;
}

/** Returns the note for a row, which explains why logging stopped at a request with an unknown method. */
export function unknownMethodNote(method: string): string {
  return `logging stopped: unknown request method ${keptBeginning(method, METHOD_LIMIT)}`;
}
