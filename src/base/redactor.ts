/** Shorter secrets would match ordinary words. UTF-16 code units. */
const SHORTEST = 6;
/** How many sets of secrets are kept. Tokens are renewed every few minutes, so older sets must go. */
const SETS = 8;
/** The beginning of a secret this long is redacted too, because logs cut tokens short. UTF-16 code units. */
const CUT_FROM = 24;
const CUT_LENGTH = 16;

const REDACTED = '[redacted]';
/** Entities in HTML, which gateways send as error pages. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};

/**
 * Replaces secrets in texts: plain, URL-encoded, escaped for JSON or HTML, or in base64. Secrets with fewer than six characters are
 * not replaced.
 */
export class Redactor {
  /** Patterns of each set of secrets, the oldest first. */
  readonly #sets = new Map<string, string>();
  #pattern: RegExp | undefined;

  /** Redacts these secrets from now on. Only the latest sets are kept. */
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

  /** Redacts the texts of an error from Node before it becomes a cause. Removes properties that quote a whole answer. */
  redactError<T>(error: T): T {
    if (!(error instanceof Error)) return error;
    for (const name of ['message', 'stack', 'reason', 'host']) {
      const text: unknown = Reflect.get(error, name);
      if (typeof text === 'string') Reflect.set(error, name, this.redact(text));
    }
    // The bytes that the HTTP parser could not read, and the certificate of a rejected peer.
    for (const name of ['rawPacket', 'cert']) Reflect.deleteProperty(error, name);
    return error;
  }
}

/** Puts whole secrets before beginnings, and longer ones first, because one secret may contain another. */
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
  // The padding may be missing.
  return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
}

function spelled(text: string): string {
  return Array.from(text, spelledCharacter).join('');
}

/** Matches one character, plain or as URLs, JSON, and HTML escape it. Letters and digits are never escaped. */
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
