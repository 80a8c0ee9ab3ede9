/**
 * The length of the shortest secret that is redacted, in UTF-16 code units. Shorter secrets could be ordinary words.
 */
const SHORTEST = 6;
/**
 * The maximum number of sets of secrets that are redacted. A set contains the secrets of one call to `add`, such as the
 * credentials of a user. Some tokens are renewed every few minutes, and each new token adds a set. When there are more
 * sets, the oldest set is dropped, and its secrets are no longer redacted.
 */
const SETS = 8;
/**
 * Some programs truncate the tokens in their messages. So the first `CUT_LENGTH` characters of a secret are redacted
 * even if the rest is missing. Secrets with fewer than `CUT_FROM` characters are redacted only as a whole. Both lengths
 * are in UTF-16 code units.
 */
const CUT_FROM = 24;
const CUT_LENGTH = 16;

const REDACTED = '[redacted]';
/**
 * The names of the HTML entities for these characters. A secret may appear with entities in the HTML error page of a
 * proxy, and the redactor must find this form of the secret too.
 */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};

/**
 * Replaces secrets in texts with `[redacted]`. Finds a secret as plain text, URL-encoded, escaped for JSON or HTML, and
 * in base64. Does not replace secrets with fewer than six characters.
 */
export class Redactor {
  /** The pattern of each set of secrets. The key is the set as JSON. The oldest set is first. */
  readonly #sets = new Map<string, string>();
  #pattern: RegExp | undefined;

  /** Adds a set of secrets to redact from now on. Drops the oldest set if there are more than {@link SETS}. */
  add(secrets: readonly string[]): void {
    const known = secrets.filter((secret) => secret.length >= SHORTEST);
    if (known.length === 0) return;
    const key = JSON.stringify(known);
    const pattern = this.#sets.get(key) ?? patternOf(known);
    const isNew = !this.#sets.delete(key);
    this.#sets.set(key, pattern);
    if (!isNew) return;
    const [oldest] = this.#sets.keys();
    if (this.#sets.size > SETS && oldest !== undefined) this.#sets.delete(oldest);
    this.#pattern = new RegExp([...this.#sets.values()].join('|'), 'gu');
  }

  redact(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, REDACTED);
  }

  /**
   * Redacts the texts of an error from Node before the error is used as a `cause`. Removes properties that contain raw
   * data from the server or proxy.
   */
  redactError<T>(error: T): T {
    if (!(error instanceof Error)) return error;
    for (const name of ['message', 'stack', 'reason', 'host']) {
      const text: unknown = Reflect.get(error, name);
      if (typeof text === 'string') Reflect.set(error, name, this.redact(text));
    }
    // `rawPacket` contains the bytes that the HTTP parser rejected. `cert` is the certificate of the server or proxy
    // that was rejected.
    for (const name of ['rawPacket', 'cert']) Reflect.deleteProperty(error, name);
    return error;
  }
}

/**
 * Returns a pattern that matches the secrets. A regular expression takes the first alternative that matches, not the
 * longest. So longer secrets come before the shorter secrets that they may contain. The beginnings of secrets, which
 * match truncated secrets, come last.
 */
function patternOf(secrets: readonly string[]): string {
  const forms = [...new Set(secrets.flatMap((secret) => [secret, ...base64Forms(secret)]))];
  forms.sort((a, b) => b.length - a.length);
  const beginnings = forms
    .filter(({ length }) => length >= CUT_FROM)
    .map((form) => form.slice(0, CUT_LENGTH));
  return [...forms.map(spelled), ...beginnings.map((text) => `${spelled(text)}[\\w.~+/=%-]*`)].join('|');
}

function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  // Removes the padding (`=`), so that the pattern also matches base64 without padding.
  return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

function spelled(text: string): string {
  return Array.from(text, spelledCharacter).join('');
}

/**
 * Returns a pattern that matches a character, either plain or as it is escaped in URLs, JSON and HTML. Letters and
 * digits are never escaped.
 */
function spelledCharacter(character: string): string {
  if (/^[a-z\d]$/i.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: string) =>
    digits.replace(/[a-f]/gi, (digit) => `[${digit.toLowerCase()}${digit.toUpperCase()}]`);
  const percent = [...Buffer.from(character, 'utf8')].map(
    (byte) => `%${hex(byte.toString(16).padStart(2, '0'))}`,
  );
  const units = Array.from({ length: character.length }, (_none, index) => character.charCodeAt(index));
  const unicode = units.map((unit) => `\\\\u${hex(unit.toString(16).padStart(4, '0'))}`);
  const entity = ENTITIES[character];
  return `(?:${[
    `\\\\?\\u{${code.toString(16)}}`,
    percent.join(''),
    unicode.join(''),
    `&#(?:${code}|[xX]0*${hex(code.toString(16))});`,
    ...(entity === undefined ? [] : [`&${entity};`]),
    ...(character === ' ' ? ['\\+'] : []),
  ].join('|')})`;
}
