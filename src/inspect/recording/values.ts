/** Values that cannot be secrets, so they are not redacted. */
const HARMLESS = new Set(['null', 'true', 'false', '""', "''"]);

const NUMBER = /^-?\d+(?:\.\d+)?$/;
/**
 * Matches names that contain a word such as `token`, but mean a count or a limit: `max_tokens`, `keyCount`. Does not
 * match `passwords` and `secrets`, because numbers with these names may be secrets.
 */
const COUNT = /(?:token|key|session|cookie)s$|^max[\w.-]*s$|(?:count|limit|length|size|ttl|timeout)$/i;

/** Returns whether a value cannot be a secret, although its name suggests one. */
export function isHarmless(name: string, value: string): boolean {
  return HARMLESS.has(value) || (NUMBER.test(value) && mayCount(name));
}

/** Returns whether a number with this name is not a secret. */
export function mayCount(name: string): boolean {
  return COUNT.test(name);
}

/**
 * Returns the index after the closing quote of the string that begins at `start`.
 * @param limit the result if the closing quote is missing before this index; optional, default the end of the text
 */
export function stringEnd(text: string, start: number, limit = text.length): number {
  const mark = text.charAt(start);
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf(mark, at);
    if (quote === -1 || quote >= limit) return limit;
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\' && quote - 1 - slashes >= at) slashes++;
    // In YAML, two single quotes in a string are an escaped single quote.
    const isDoubled = mark === "'" && text[quote + 1] === mark;
    if (slashes % 2 === 0 && !isDoubled) return quote + 1;
    at = quote + (isDoubled ? 2 : 1);
  }
}

/**
 * Returns the index after a value of JSON, YAML or a similar format: a string, a mapping or sequence in brackets, or a
 * word.
 * @param isOnOwnLine whether the name begins its line, as in YAML, where the value may then contain `,`, `}` and `]`
 */
export function endOfValue(text: string, start: number, isOnOwnLine: boolean): number {
  const first = text[start];
  if (first === '"' || (first === "'" && !isOnOwnLine)) return stringEnd(text, start);
  if (first !== '{' && first !== '[') {
    // In YAML, a value without quotes may contain spaces. In JSON, the name of another member may follow on the same
    // line, so the value ends before a comma and a double quote.
    const values = isOnOwnLine ? /^[^\r\n]*[^,}\]\s]/ : /^[^,}\]\r\n]*/;
    const [found = ''] = values.exec(text.slice(start)) ?? [];
    const [value = ''] = found.split(/,[ \t]*"/, 1);
    return start + withoutEndQuote(value.trimEnd()).length;
  }
  let depth = 0;
  let before = '';
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    // A single quote begins a string only at the beginning of a name or a value. Elsewhere, it may be an apostrophe.
    if (character === '"' || (character === "'" && '{[,:('.includes(before))) at = stringEnd(text, at) - 1;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
    if (!' \t\r\n'.includes(character)) before = character;
  }
  return text.length;
}

/**
 * Removes a quote at the end of a value that does not begin with a quote. The quote, which may be escaped, ends a
 * string that contains both the name and the value, such as `"token: abc"`.
 */
function withoutEndQuote(value: string): string {
  let end = value.length - 1;
  if (value[end] !== '"' && value[end] !== "'") return value;
  while (value[end - 1] === '\\') end--;
  return value.slice(0, end);
}
