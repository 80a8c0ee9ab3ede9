import { keptText } from './kept.ts';
import { queryNames, redactLinks } from './redaction.ts';

const HOST_LIMIT = 255;
const PATH_LIMIT = 2_048;
const QUERY_NAME_LIMIT = 50;
/** Matches a request target that is a whole URL, as programs send it to a proxy (RFC 9112 section 3.2.2). */
const ABSOLUTE_FORM = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;

/** The requested resource as a row of the request log shows it. */
export interface RequestedResource {
  readonly host?: string;
  readonly path: string;
  readonly queryNames?: readonly string[];
}

/** The parts of a request target, as texts with one character per byte (Latin-1). */
export interface RequestTarget {
  readonly resource: RequestedResource;
  /** The query without the question mark. It is not redacted, so it may contain secrets. */
  readonly query: string | undefined;
}

/**
 * Splits a request target into the host, path and parameter names for a row of the log, and the query.
 * @param text the request target of the HTTP/1 request line, or `:path` of HTTP/2
 * @param host the `Host` header of HTTP/1, or `:authority` of HTTP/2. Ignored if the request target is a whole URL
 */
export function parseRequestTarget(text: string, host: string | undefined): RequestTarget {
  const absolute = ABSOLUTE_FORM.exec(text);
  const authority = absolute?.[1]?.replace(/^.*@/, '') ?? host;
  const [rest = ''] = text.slice(absolute?.[0].length ?? 0).split('#', 1);
  const mark = rest.indexOf('?');
  const path = mark === -1 ? rest : rest.slice(0, mark);
  const query = mark === -1 ? undefined : rest.slice(mark + 1);
  const names = query === undefined ? [] : queryNames(keptText(query, PATH_LIMIT * 4), QUERY_NAME_LIMIT);
  return {
    resource: {
      ...(authority !== undefined && { host: keptText(authority, HOST_LIMIT) }),
      path: redactLinks(keptText(path === '' ? '/' : path, PATH_LIMIT)),
      ...(names.length > 0 && { queryNames: names }),
    },
    query,
  };
}
