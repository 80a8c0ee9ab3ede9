/** The value of a scalar in a YAML text. */
export type YamlScalar = string | number | boolean | null;

const PREFIX = 'tag:yaml.org,2002:';
const WORDS: ReadonlyMap<string, YamlScalar> = new Map<string, YamlScalar>([
  ...words(['', '~', 'null', 'Null', 'NULL'], null),
  ...words(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'], true),
  ...words(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'], false),
  ...words(['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'], Number.POSITIVE_INFINITY),
  ...words(['-.inf', '-.Inf', '-.INF'], Number.NEGATIVE_INFINITY),
  ...words(['.nan', '.NaN', '.NAN'], Number.NaN),
]);
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const TIME = /^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$/;

/**
 * Returns the value of a plain (unquoted) scalar as kubectl's parser `sigs.k8s.io/yaml` does. That parser knows the
 * booleans and numbers of YAML 1.1: `yes` is true, and `017` is 15. A date stays a text.
 * @param tag the full name of the scalar's tag, or an empty text if there is no tag
 * @throws Error whose message is the predicate of a sentence, such as `does not match its tag !!int`. The message does
 *   not quote the text, which may be a secret.
 */
export function plainScalar(text: string, tag: string): YamlScalar {
  if (tag !== '' && !tag.startsWith(PREFIX)) return text;
  const kind = tag.slice(PREFIX.length);
  switch (kind) {
    case 'str':
      return text;
    case 'binary':
      return binary(text);
    case '':
      return untagged(text);
    case 'timestamp':
      if (TIME.test(text)) return text;
      break;
    case 'null':
    case 'bool':
    case 'int':
    case 'float': {
      const value = untagged(text);
      if (kindOf(value) === kind || (kind === 'float' && kindOf(value) === 'int')) return value;
      break;
    }
    default:
      return text;
  }
  throw new Error(`does not match its tag !!${kind}`);
}

/**
 * Returns the value of a scalar in quotation marks or of a block scalar. Without a tag, this is the text itself. With a
 * tag, it is the value that {@link plainScalar} returns.
 * @throws Error as {@link plainScalar} does
 */
export function quotedScalar(text: string, tag: string): YamlScalar {
  return tag === '' ? text : plainScalar(text, tag);
}

function untagged(text: string): YamlScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (text.startsWith('.')) return FLOAT.test(text) ? finite(text) : text;
  if (!/^[-+0-9]/.test(text)) return text;
  const plain = text.replaceAll('_', '');
  return integer(plain) ?? (FLOAT.test(plain) ? finite(plain, text) : text);
}

/**
 * Converts a text to a number. If the number is too large for a 64-bit float, returns the text instead, as Go's parser
 * does.
 */
function finite(number: string, text = number): YamlScalar {
  return Number.isFinite(Number(number)) ? Number(number) : text;
}

/**
 * Parses an integer like Go's `strconv.ParseInt` with base 0: a leading zero means octal. Returns undefined if the text
 * is not an integer or the integer has more than 64 bits.
 */
function integer(text: string): number | undefined {
  const [, sign = '', digits = ''] = INTEGER.exec(text) ?? [];
  if (digits === '') return undefined;
  const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (value >= 1n << (sign === '-' ? 63n : 64n)) return undefined;
  return Number(sign === '-' ? -value : value);
}

function binary(text: string): string {
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw new Error('does not match its tag !!binary');
  return bytes.toString('utf8');
}

/**
 * Decodes base64 as strictly as Go's `base64.StdEncoding`: ignores line breaks, but accepts no other deviation from
 * base64. Returns undefined for an invalid text.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const joined = text.replace(/[\r\n]/g, '');
  if (joined.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(joined)) return undefined;
  return Buffer.from(joined, 'base64');
}

function kindOf(value: YamlScalar): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return 'str';
}

function words(texts: readonly string[], value: YamlScalar): [string, YamlScalar][] {
  return texts.map((text) => [text, value]);
}
