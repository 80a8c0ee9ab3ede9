/** The fields of a request that the filter checks. */
export interface FilterFields {
  readonly method: string;
  readonly host: string;
  /** With the names of the query's parameters. */
  readonly path: string;
  /** Undefined while there is no response. */
  readonly statusCode?: number;
  /** With the name of a gRPC status. */
  readonly status: string;
  /** With the name of a gRPC status. */
  readonly forward: string;
  readonly pod: string;
  readonly note: string;
}

/** Tells whether a request passes a filter. */
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

/** The keys of the filter language. */
export const FILTER_KEYS: readonly string[] = Object.keys(KEYS);

/** A term of a filter. Double quotes keep spaces in it together. */
const TERM = /(?:[^\s"]|"[^"]*"?)+/g;

/**
 * Reads a filter: terms separated by spaces, all of which must match. `status:5xx`, `method:POST`, `path:/api`, `host:…`,
 * `forward:…` and `pod:…` look at one field, other terms at all fields. `status:404,5xx` matches either, `-method:GET` excludes,
 * and quotes keep spaces together. Ignores case. A term without a value, which the user is still typing, is ignored.
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
  // A colon after an unknown key is text, as in `http://web`.
  const isKey = Object.hasOwn(KEYS, key);
  const matches: TermMatcher = (isKey ? KEYS[key] : undefined) ?? matchesText;
  const value = isKey ? given.slice(key.length + 1) : given;
  const isQuoted = value.includes('"');
  const values = (isKey && !isQuoted ? value.split(',') : [value.replaceAll('"', '')]).filter(Boolean);
  if (values.length === 0) return undefined;
  return (fields) => values.some((one) => matches(fields, one)) !== isExcluded;
}

/** `5xx`, `50`, `404`, `>=400`, `<300`. */
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

/** @param value in lower case */
function contains(text: string, value: string): boolean {
  return text.toLowerCase().includes(value);
}
