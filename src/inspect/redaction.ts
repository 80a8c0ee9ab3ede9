import { REDACTED } from '../kinds/exchange.ts';
import type { Field } from './field.ts';
import { keptBeginning } from './kept.ts';

/** Matches names whose values may be secrets, in heads, queries and bodies. */
const SENSITIVE = new RegExp(
  [
    'token|secret|passw|passphrase|passcode|pwd|key|credential|creds|authoriz|authentication|cookie|session|sessid',
    'signature|jwt|bearer|csrf|xsrf|code_?verifier|client_?assertion|^assertion$|samlresponse',
    // Matches `dbpass` and `user[pass]`, but not `bypass`, `compass` and `pass_count`.
    '(?<!by|com|over|under|sur|tres)pass\\d?\\]?$',
    '(?:^|[_.[-])(?:(?:auth|sig|totp|otp|pw)(?:$|[_.\\]-])|pin\\]?$)',
  ].join('|'),
  'i',
);
/**
 * Matches names in camel case that contain one of the short words in the last line of {@link SENSITIVE}, such as
 * `userPin`.
 */
const SENSITIVE_CAMEL = /[a-z\d](?:Auth|Sig|Totp|Otp|Pw|Pin)$|^t?otp[A-Z]/;

/**
 * Matches secrets by their form: `Bearer …` and `Basic …` (RFC 6750, 7617), the WebSocket subprotocol that carries a
 * token to Kubernetes, and JSON Web Tokens (RFC 7519).
 */
const LOOKS_SECRET =
  /\b(bearer|basic) +[\w.~+/-]{8,}=*|\b(bearer\.authorization\.k8s\.io)\.[\w-]+|(?<![\w-])eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/gi;
/** Matches a URL parameter anywhere in a text: `name=value` after `?`, `&`, `;` or `#`. */
const QUERY_PAIR = /([?&;#])([^=&;#?\s"'<>\\]{1,200})=([^&;#\s"'<>\\]*)/g;
const USER_INFO = /(:\/\/)[^/?#@\s"'<>]+@/g;

/** The maximum length of a parameter's name in the result of {@link queryNames}. Longer names are truncated. */
const NAME_LIMIT = 100;

/** Returns whether the name suggests that its value is a secret, which must be redacted. */
export function isSensitiveName(name: string): boolean {
  const text = name.includes('%') ? withoutEscapes(name) : name;
  return SENSITIVE.test(text) || SENSITIVE_CAMEL.test(text);
}

/** Returns a header field in which {@link REDACTED} replaces a value, or the parts of a value, that may be a secret. */
export function redactField([name, value]: Field): Field {
  return [name, isSensitiveName(name) ? REDACTED : redactLinks(value)];
}

/**
 * Redacts the secrets in a query.
 * @param query without the question mark
 * @param redactValue redacts secrets in a value whose name does not suggest a secret
 */
export function redactQuery(query: string, redactValue: (value: string) => string): string {
  return query
    .split('&')
    .map((pair) => {
      const end = pair.indexOf('=');
      if (end === -1) return redactedFlag(pair);
      const name = pair.slice(0, end);
      return isSensitiveName(name) ? `${name}=${REDACTED}` : `${name}=${redactValue(pair.slice(end + 1))}`;
    })
    .join('&');
}

/**
 * Returns the names of the first `limit` parameters of a query, each once. Redacts a parameter without `=` that may be
 * a secret.
 */
export function queryNames(query: string, limit: number): readonly string[] {
  const names = new Set<string>();
  for (const pair of query.split('&', limit)) {
    const end = pair.indexOf('=');
    const name = end === -1 ? redactedFlag(pair) : pair.slice(0, end);
    if (name !== '') names.add(keptBeginning(decoded(name), NAME_LIMIT));
  }
  return [...names];
}

/**
 * Redacts secrets anywhere in a text: parameters of URLs (`?token=1`, `/a;jsessionid=1`), user names and passwords in
 * URLs, and texts that look like credentials, such as `Bearer …`.
 */
export function redactLinks(text: string, placeholder: string = REDACTED): string {
  return text
    .replace(QUERY_PAIR, (pair, before: string, name: string) =>
      isSensitiveName(name) ? `${before}${name}=${placeholder}` : pair,
    )
    .replace(USER_INFO, `$1${placeholder}@`)
    .replace(LOOKS_SECRET, (_found, scheme?: string, subprotocol?: string) => {
      if (subprotocol !== undefined) return `${subprotocol}.${placeholder}`;
      return scheme === undefined ? placeholder : `${scheme} ${placeholder}`;
    });
}

/**
 * Redacts a query parameter without `=`, because it may be a secret value without a name. If the parameter looks like a
 * name, returns it unchanged.
 */
function redactedFlag(text: string): string {
  return text === '' || /^[a-z_][\w.-]{0,31}$/i.test(text) ? text : REDACTED;
}

/**
 * Decodes percent escapes to bytes. Does not use `decodeURIComponent`, because throwing for each invalid escape is
 * slow.
 */
export function withoutEscapes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_found, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
