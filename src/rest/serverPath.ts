import { withoutEnd } from '../base/text.ts';

/**
 * Returns the path of a request: the path of the server's URL, and the path that follows.
 * @param path begins with a slash; may contain a query
 */
export function serverPath({ pathname }: URL, path: string): string {
  return withoutEnd(pathname, '/') + path;
}
