import { REDACTED } from '../../kinds/exchange.ts';
import { isSensitiveName, redactLinks, redactQuery, withoutEscapes } from '../redaction.ts';
import { redactAssignments } from './redactAssignments.ts';
import { redactBlocks } from './redactBlocks.ts';
import { redactBraces } from './redactBraces.ts';
import { redactElementPairs } from './redactElementPairs.ts';
import { redactElements } from './redactElements.ts';
import { redactEmbeddedJson } from './redactEmbeddedJson.ts';
import { redactJson } from './redactJson.ts';
import { redactJsonWithin } from './redactJsonWithin.ts';
import { redactPairs } from './redactPairs.ts';
import { redactParts } from './redactParts.ts';

/** {@link REDACTED} in UTF-8, as a text with one character per byte. */
const PLACEHOLDER = Buffer.from(REDACTED).toString('latin1');

const BINARY =
  /^(?:image|audio|video|font)\/(?!svg)|^application\/(?:grpc(?![\w-]*\+json)|zip|gzip|pdf|wasm|(?:x-)?protobuf)/i;
/**
 * Matches content types that do not say whether a body is text. A body of such a type counts as binary, and is not
 * redacted, if its first bytes contain a NUL.
 */
const UNKNOWN = /^$|^application\/octet-stream/i;
const PROBE_BYTES = 1_024;
const FORM = /^application\/x-www-form-urlencoded/i;
/** Matches a text that may be a form, but not Base64 that ends with `=`. */
const LOOKS_LIKE_FORM = /^[\w.%+[\]-]{1,100}=(?!=?$)\S*$/;
/**
 * Matches texts that are not a form: JSON, XML and texts of several lines. Some clients, such as `curl -d`, send any
 * text with the content type of a form. Does not match a form whose first name begins with `[`, such as
 * `[user][name]=`.
 */
const NO_FORM = /^\s*(?:["<{]|\[(?![^"[{\]=&]*\][^"{\s=&]*=))|^[^=]*[\r\n]/;
/**
 * How many levels of nested texts are searched for secrets. A text is nested if it is the content of a JSON string or
 * of a URL-encoded value. Deeper levels are not searched, because each level reads the text again.
 */
const MAX_DEPTH = 3;

/**
 * Matches `name: value` and `name=value` on a line of its own, as in YAML, settings and environment files. A backslash
 * at the end of a line continues the value on the next line, as in settings files.
 */
const LINE =
  /^([ \t]*(?:-[ \t]+|export[ \t]+)?'?)([\w.-]{1,100})('?[ \t]*[:=](?!=?$)[ \t]*)([^\r\n"'](?:\\\r?\n|[^\r\n])*)/gm;

/** Matches `name=value` between other words, as in the arguments of a command and in connection strings. */
const WORD = /(?<=[\s;])([\w.-]{1,100})=(?!=)[^\s;,&"']+/g;

/**
 * Matches a private key in PEM format (RFC 7468) or of PGP, with its headers (RFC 1421, RFC 9580). Its end may be
 * missing. In a JSON string, its line breaks are escaped.
 */
const PRIVATE_KEY = new RegExp(
  `(-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)(?!${PLACEHOLDER})[^]+?(?=-----END|$)`,
  'g',
);

/**
 * Replaces secrets by {@link REDACTED}: values whose names suggest secrets (in JSON, forms, XML, YAML and similar
 * formats), private keys, and texts that look like credentials. Also works if the body is truncated. Does not change
 * images, archives and Protocol Buffers.
 */
export function redactBody(body: Buffer, contentType: string): Buffer {
  if (body.length === 0 || BINARY.test(contentType)) return body;
  if (isUtf16(body, contentType)) return redactUtf16(body, contentType);
  if (UNKNOWN.test(contentType) && body.subarray(0, PROBE_BYTES).includes(0)) return body;
  const text = body.toString('latin1');
  const redacted = redactText(text, FORM.test(contentType));
  return redacted === text ? body : Buffer.from(redacted, 'latin1');
}

/** Redacts the secrets in the query of a request, also in JSON and forms that its values contain. */
export function redactRequestQuery(query: string): string {
  return redactQuery(query, (value) => redactValue(value, 0)).replaceAll(PLACEHOLDER, REDACTED);
}

/**
 * Redacts secrets in a text of any format. Tries all formats without regard to the content type: the content type may
 * be missing or wrong, and a part of a multipart body or a value of a form may be JSON.
 * @param depth how many URL-encoded values and JSON strings contain the text
 */
function redactText(text: string, hasFormType: boolean, depth = 0): string {
  const isLast = depth >= MAX_DEPTH;
  const redactString = (content: string) => (isLast ? content : redactText(content, false, depth + 1));
  // Redacts JSON by its structure, because the patterns for other formats could match parts of strings and remove their
  // quotes. On the last level, uses these patterns for JSON too, because the contents of strings are not redacted
  // separately on this level.
  const inJson = isLast ? undefined : redactJson(text, PLACEHOLDER, redactString);
  if (inJson !== undefined) return redactLinks(inJson, PLACEHOLDER);
  const isForm = hasFormType ? !NO_FORM.test(text) : LOOKS_LIKE_FORM.test(text);
  // `redactQuery` inserts {@link REDACTED}, which contains characters of several bytes. Replaces it with
  // {@link PLACEHOLDER}, because `text` has one character per byte.
  const inForm = isForm
    ? redactQuery(text, (value) => redactValue(value, depth)).replaceAll(REDACTED, PLACEHOLDER)
    : text;
  const inRest = (rest: string) => redactRest(rest, isForm, depth, redactString);
  const inEmbedded = (json: string) =>
    redactLinks(redactJson(json, PLACEHOLDER, redactString) ?? json, PLACEHOLDER);
  const redacted = isLast ? inRest(inForm) : redactEmbeddedJson(inForm, inEmbedded, inRest);
  // Searches the whole text for private keys, because the lines of a private key may be in several objects or arrays.
  return redacted.replace(PRIVATE_KEY, `$1${PLACEHOLDER}`);
}

/**
 * Redacts secrets in a text by the patterns for all other formats, after {@link redactText} has redacted forms and
 * taken JSON out of the text.
 */
function redactRest(
  text: string,
  isForm: boolean,
  depth: number,
  redactString: (content: string) => string,
): string {
  const inPairs = redactPairs(redactBlocks(text, PLACEHOLDER), PLACEHOLDER);
  const inJson = redactLinks(redactJsonWithin(inPairs, PLACEHOLDER, redactString), PLACEHOLDER);
  const inNamed = redactElementPairs(redactBraces(inJson, PLACEHOLDER), PLACEHOLDER);
  const inElements = redactElements(inNamed, PLACEHOLDER);
  const inWords = redactAssignments(inElements, PLACEHOLDER).replace(
    LINE,
    (found, indent: string, name: string, sign: string, _value: string, at: number) => {
      // Ignores two kinds of matches at the beginning of a text, because they are not settings: the first line of a
      // form, which contains several values, and a value such as `key:asc` that was found inside another text.
      const isSetting = at > 0 || !(isForm || (depth > 0 && sign === ':'));
      return isSetting && isSensitiveName(name) ? `${indent}${name}${sign}${PLACEHOLDER}` : found;
    },
  );
  return redactParts(depth === 0 ? inWords : redactWords(inWords), PLACEHOLDER);
}

/**
 * Redacts `name=value` between other words. Not used for whole bodies, because program code contains similar words,
 * such as `key=0`.
 */
function redactWords(text: string): string {
  return text.replace(WORD, (found, name: string) =>
    isSensitiveName(name) ? `${name}=${PLACEHOLDER}` : found,
  );
}

/** Redacts secrets in a URL-encoded value of a form. Returns the value unchanged if it contains none. */
function redactValue(value: string, depth: number): string {
  if (depth >= MAX_DEPTH || !value.includes('%')) return redactLinks(value);
  const text = withoutEscapes(value.replaceAll('+', ' '));
  const redacted = redactText(text, false, depth + 1);
  if (redacted === text) return redactLinks(value);
  const encode = (bytes: string) => encodeURIComponent(Buffer.from(bytes, 'latin1').toString());
  return redacted.split(PLACEHOLDER).map(encode).join(PLACEHOLDER);
}

function isUtf16(body: Buffer, contentType: string): boolean {
  const mark = body.length < 2 ? 0 : body.readUInt16BE(0);
  return mark === 0xfffe || mark === 0xfeff || /charset="?utf-16/i.test(contentType);
}

function redactUtf16(body: Buffer, contentType: string): Buffer {
  const isBigEndian = body[0] === 0xfe || (/charset="?utf-16be/i.test(contentType) && body[0] !== 0xff);
  const text = new TextDecoder(isBigEndian ? 'utf-16be' : 'utf-16le').decode(body);
  const bytes = Buffer.from(text).toString('latin1');
  const redacted = Buffer.from(redactText(bytes, FORM.test(contentType)), 'latin1').toString();
  if (redacted === text) return body;
  const written = Buffer.from(`\ufeff${redacted}`, 'utf16le');
  return isBigEndian ? written.swap16() : written;
}
