import { withoutEnd } from '../base/text.ts';

/**
 * Returns the path to send in a request: the path of the server's URL, followed by `path`.
 * @param path begins with a slash; may contain a query
 */
export function serverPath({ pathname }: URL, path: string): string {
  return withoutEnd(pathname, '/') + path;
}
