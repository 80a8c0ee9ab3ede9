/** The fields of a request that the filter checks. */
export interface FilterFields {
  readonly method: string;
  readonly host: string;
  /** The path with the names of the query parameters: `/api/items?page&size`. */
  readonly path: string;
  /** Undefined while there is no response. */
  readonly statusCode?: number;
  /** The HTTP status, followed by the name of the gRPC status if there is one: `200 UNAVAILABLE`. */
  readonly status: string;
  /** The name of the forward, or of the service if the request went through a gateway. */
  readonly forward: string;
  readonly pod: string;
  readonly note: string;
}

/** Returns true if a request passes the filter. */
export type Filter = (fields: FilterFields) => boolean;

type TermMatcher = (fields: FilterFields, value: string) => boolean;

const KEYS: Readonly<Record<string, TermMatcher>> = {
  status: (fields, value) => matchesStatus(fields.statusCode, value),
  method: (fields, value) => fields.method.toLowerCase().startsWith(value),
  path: (fields, value) => contains(fields.path, value),
  host: (fields, value) => contains(fields.host, value),
  forward: (fields, value) => contains(fields.forward, value),
  pod: (fields, value) => contains(fields.pod, value),
};

/** The keys that a term of a filter can begin with, such as `status` in `status:5xx`. */
export const FILTER_KEYS: readonly string[] = Object.keys(KEYS);

/** Matches one term of a filter, such as `path:"/my items"`. A term ends at a space, except within double quotes. */
const TERM = /(?:[^\s"]|"[^"]*"?)+/g;

/**
 * Parses a filter. It consists of terms separated by spaces, and a request must match all terms. Terms such as
 * `status:5xx`, `method:POST`, `path:/api`, `host:…`, `forward:…` and `pod:…` check one field. Any other term checks
 * all fields. `status:404,5xx` matches both 404 and 5xx. `-method:GET` excludes requests that `method:GET` matches.
 * Text in double quotes may contain spaces. Case does not matter. A term without a value, such as `path:`, has no
 * effect, because the user is still typing it.
 */
export function readFilter(text: string): Filter {
  const terms = Array.from(text.matchAll(TERM), ([term]) => readTerm(term)).filter(
    (term) => term !== undefined,
  );
  return (fields) => terms.every((matches) => matches(fields));
}

function readTerm(term: string): Filter | undefined {
  const isExcluded = term.startsWith('-');
  const given = (isExcluded ? term.slice(1) : term).toLowerCase();
  const key = given.slice(0, Math.max(0, given.indexOf(':')));
  // If the text before the colon is not a key, as in `http://web`, searches for the whole term.
  const isKey = Object.hasOwn(KEYS, key);
  const matches: TermMatcher = (isKey ? KEYS[key] : undefined) ?? matchesText;
  const value = isKey ? given.slice(key.length + 1) : given;
  const isQuoted = value.includes('"');
  const values = (isKey && !isQuoted ? value.split(',') : [value.replaceAll('"', '')]).filter(Boolean);
  if (values.length === 0) return undefined;
  return (fields) => values.some((one) => matches(fields, one)) !== isExcluded;
}

/** Returns true if an HTTP status matches a value: `404`, `5xx`, `>=400`, `<300`, or the first digits, such as `50`. */
function matchesStatus(status: number | undefined, value: string): boolean {
  if (status === undefined) return false;
  const [, operator, number] = /^(>=?|<=?)(\d{1,3})$/.exec(value) ?? [];
  if (operator !== undefined) return compare(status, operator, Number(number));
  return /^[\dx]{1,3}$/.test(value) && new RegExp(`^${value.replaceAll('x', '\\d')}`).test(String(status));
}

function compare(status: number, operator: string, limit: number): boolean {
  switch (operator) {
    case '>':
      return status > limit;
    case '>=':
      return status >= limit;
    case '<':
      return status < limit;
    default:
      return status <= limit;
  }
}

function matchesText(fields: FilterFields, value: string): boolean {
  const { method, host, path, status, forward, pod, note } = fields;
  return (
    [method, path, status, forward, pod, note].some((text) => contains(text, value)) ||
    contains(`${host}${path}`, value)
  );
}

/** @param value must be in lower case: only `text` is converted */
function contains(text: string, value: string): boolean {
  return text.toLowerCase().includes(value);
}
