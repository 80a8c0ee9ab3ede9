import { isSensitiveName } from '../redaction.ts';
import { redactSpans, type Span } from './redactSpans.ts';
import { endOfValue, isHarmless } from './values.ts';

const SIGN = String.raw`["']?\s{0,20}:\s{0,20}`;
const COMMA = String.raw`\s{0,20},\s{0,200}["']?`;
const STRING = String.raw`"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'`;
const SCALAR = String.raw`(?:${STRING}|[\w.+/-]{1,200}|\[\s{0,5}\]|\{\s{0,5}\})`;
const MEMBER = String.raw`${COMMA}[\w.$@-]{1,100}${SIGN}${SCALAR}`;
/**
 * Matches a member that says what the member `value` of the same object contains, as in `name: PASSWORD, value: …`.
 * Such a member is `name` or `key` of a variable, or `path` of a JSON patch (RFC 6902).
 */
const NAMED = String.raw`\b(?:name|key|path)${SIGN}(?<name>"[^"\\]{1,200}"|'[^'\\]{1,200}'|[\w./-]{1,100})`;
/**
 * Matches a {@link NAMED} member before the member `value`. Only a lookahead matches the members between the two, so
 * that the next match may begin there: one of these members may be a {@link NAMED} member too.
 */
const NAME_FIRST = new RegExp(`${NAMED}(?=(?<before>(?:${MEMBER}){0,8}?${COMMA}value${SIGN}))`, 'gi');
const VALUE_FIRST = new RegExp(
  `(\\bvalue${SIGN})(?<value>${SCALAR})(?=(?<members>(?:${MEMBER}){1,8}))`,
  'gi',
);
const NAMES = new RegExp(NAMED, 'gi');
/** Matches the members `name` and `value` in YAML, each on its own line. */
const YAML_PAIR =
  /^([ \t]{0,200}(?:-[ \t]{1,20})?(?:name|key):[ \t]{0,20}["']?([\w.-]{1,100})["']?[ \t]{0,20}\r?\n[ \t]{0,200}value:[ \t]{0,20})[^\s][^\r\n]*/gim;
/** Matches a tag. Its end may be missing, because bodies may be truncated. */
const TAG = /<[a-z][^<>]{1,2000}(?:>|$)/gi;
const NAME_ATTRIBUTE = /(?<![\w-])(?:name|key)\s{0,5}=\s{0,5}["']?([^"'\s>]{1,100})/i;
const PASSWORD_INPUT = /\btype\s{0,5}=\s{0,5}["']?password\b/i;
const VALUE_ATTRIBUTE =
  /((?<![\w-])(?:value|content)\s{0,5}=\s{0,5})("[^"]*(?:"|$)|'[^']*(?:'|$)|[^\s"'>]+)/i;

/**
 * Redacts values that have a separate name: `"name": "PASSWORD", "value": "…"` in JSON, YAML and similar formats, and
 * `name="password" value="…"` in XML and HTML. Redacts a value only if its name suggests a secret.
 */
export function redactPairs(text: string, placeholder: string): string {
  const inNameFirst = redactSpans(text, NAME_FIRST, placeholder, ({ 0: found, index, groups }) => {
    const name = withoutQuotes(groups?.name);
    if (!isSensitiveName(name)) return undefined;
    const start = index + found.length + (groups?.before ?? '').length;
    const end = endOfValue(text, start, false);
    return isHarmless(name, text.slice(start, end)) ? undefined : valueSpan(text, start, end, placeholder);
  });
  return redactSpans(inNameFirst, VALUE_FIRST, placeholder, ({ 1: before = '', index, groups }) => {
    const { value = '', members = '' } = groups ?? {};
    const names = Array.from(members.matchAll(NAMES), (match) => withoutQuotes(match.groups?.name));
    if (!names.some((name) => isSensitiveName(name) && !isHarmless(name, value))) return undefined;
    const start = index + before.length;
    return valueSpan(inNameFirst, start, start + value.length, placeholder);
  })
    .replace(YAML_PAIR, (found, before: string, name: string) =>
      isSensitiveName(name) ? `${before}${placeholder}` : found,
    )
    .replace(TAG, (tag) => {
      const isSensitive = PASSWORD_INPUT.test(tag) || isSensitiveName(nameAttribute(tag));
      return isSensitive ? tag.replace(VALUE_ATTRIBUTE, `$1"${placeholder}"`) : tag;
    });
}

/** Returns the name that a tag gives to its value: `password` for `<property name="password">`. */
export function nameAttribute(tag: string): string {
  return NAME_ATTRIBUTE.exec(tag)?.[1] ?? '';
}

function withoutQuotes(name = ''): string {
  return name.replaceAll(/^["']|["']$/g, '');
}

/**
 * Returns the span of a secret value. If the value is JSON, such as a number or an array, the replacement is a string
 * in quotes, so that the JSON stays valid.
 */
function valueSpan(text: string, start: number, end: number, placeholder: string): Span {
  const first = text.charAt(start);
  const quote = first === "'" ? first : /["[{\d-]/.test(first) ? '"' : '';
  return { start, end, replacement: quote + placeholder + quote };
}
