import { REDACTED } from '../../kinds/exchange.ts';
import { isSensitiveName, redactLinks, redactQuery } from '../redaction.ts';
import { redactAssignments } from './redactAssignments.ts';
import { redactJson } from './redactJson.ts';
import { redactParts } from './redactParts.ts';

/** The placeholder in a text of one character per byte. */
const PLACEHOLDER = Buffer.from(REDACTED).toString('latin1');

const BINARY =
  /^(?:image|audio|video|font)\/(?!svg)|^application\/(?:grpc|zip|gzip|pdf|wasm|(?:x-)?protobuf)/i;
/** Types that do not tell whether a body is text: it is binary if its beginning contains a NUL. */
const UNKNOWN = /^$|^application\/octet-stream/i;
const PROBE_BYTES = 1_024;
const FORM = /^application\/x-www-form-urlencoded/i;
const LOOKS_LIKE_FORM = /^[\w.%+[\]-]{1,100}=\S*$/;

/** `<name …>value` of XML. */
const ELEMENT = /<([\w.:-]{1,100})((?:\s[^<>]*)?>)([^<]+)/g;
/** `name: value` and `name=value` on a line of its own: YAML, settings, environments. */
const LINE = /^([ \t]*(?:-[ \t]+|export[ \t]+)?)([\w.-]{1,100})([ \t]*[:=][ \t]*)([^\r\n"'{[][^\r\n]*)/gm;

/** RFC 7468, also with the line breaks of a JSON string. */
const PRIVATE_KEY = /(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[^-]+/g;

/**
 * Returns a body with {@link REDACTED} in place of values whose names suggest secrets: in JSON, forms, XML, YAML and similar
 * formats, as far as the body was kept. Bodies of pictures, archives or Protocol Buffers stay unchanged.
 */
export function redactBody(body: Buffer, contentType: string): Buffer {
  if (body.length === 0 || BINARY.test(contentType)) return body;
  if (isUtf16(body, contentType)) return redactUtf16(body, contentType);
  if (UNKNOWN.test(contentType) && body.subarray(0, PROBE_BYTES).includes(0)) return body;
  const text = body.toString('latin1');
  const redacted = redactText(text, contentType);
  return redacted === text ? body : Buffer.from(redacted, 'latin1');
}

/** Redacts every format, because types are unreliable: an echo has none, and a part of a form may be JSON. */
function redactText(text: string, contentType: string): string {
  if (FORM.test(contentType) || LOOKS_LIKE_FORM.test(text)) return fromUnicode(redactQuery(text));
  const inJson = redactLinks(redactJson(text, PLACEHOLDER), PLACEHOLDER);
  const inWords = redactAssignments(inJson, PLACEHOLDER)
    .replace(ELEMENT, (found, name: string, end: string) =>
      isSensitiveName(name) ? `<${name}${end}${PLACEHOLDER}` : found,
    )
    .replace(LINE, (found, indent: string, name: string, sign: string) =>
      isSensitiveName(name) ? `${indent}${name}${sign}${PLACEHOLDER}` : found,
    )
    .replace(PRIVATE_KEY, `$1${PLACEHOLDER}`);
  return redactParts(inWords, PLACEHOLDER);
}

/** The redaction of queries inserts the placeholder as Unicode, which this text has as bytes. */
function fromUnicode(text: string): string {
  return text.replaceAll(REDACTED, PLACEHOLDER);
}

function isUtf16(body: Buffer, contentType: string): boolean {
  const mark = body.length < 2 ? 0 : body.readUInt16BE(0);
  return mark === 0xfffe || mark === 0xfeff || /charset="?utf-16/i.test(contentType);
}

function redactUtf16(body: Buffer, contentType: string): Buffer {
  const isBigEndian = body[0] === 0xfe || (/charset="?utf-16be/i.test(contentType) && body[0] !== 0xff);
  const text = new TextDecoder(isBigEndian ? 'utf-16be' : 'utf-16le').decode(body);
  const bytes = Buffer.from(text).toString('latin1');
  const redacted = Buffer.from(redactText(bytes, contentType), 'latin1').toString();
  if (redacted === text) return body;
  const written = Buffer.from(`\ufeff${redacted}`, 'utf16le');
  return isBigEndian ? written.swap16() : written;
}
