import { REDACTED } from '../../kinds/exchange.ts';
import { isSensitiveName, redactLinks, redactQuery } from '../redaction.ts';
import { redactAssignments } from './redactAssignments.ts';
import { redactBlocks } from './redactBlocks.ts';
import { redactElements } from './redactElements.ts';
import { redactJson } from './redactJson.ts';
import { redactPairs } from './redactPairs.ts';
import { redactParts } from './redactParts.ts';

/** {@link REDACTED} in UTF-8, as a text with one character per byte. */
const PLACEHOLDER = Buffer.from(REDACTED).toString('latin1');

const BINARY =
  /^(?:image|audio|video|font)\/(?!svg)|^application\/(?:grpc|zip|gzip|pdf|wasm|(?:x-)?protobuf)/i;
/**
 * Matches content types that do not say whether a body is text. A body of such a type counts as binary, and is not
 * redacted, if its first bytes contain a NUL.
 */
const UNKNOWN = /^$|^application\/octet-stream/i;
const PROBE_BYTES = 1_024;
const FORM = /^application\/x-www-form-urlencoded/i;
const LOOKS_LIKE_FORM = /^[\w.%+[\]-]{1,100}=\S*$/;

/** Matches `name: value` and `name=value` on a line of its own, as in YAML, settings and environment files. */
const LINE = /^([ \t]*(?:-[ \t]+|export[ \t]+)?)([\w.-]{1,100})([ \t]*[:=][ \t]*)([^\r\n"'{[][^\r\n]*)/gm;

/** Matches a private key in PEM format (RFC 7468), also in a JSON string, where its line breaks are escaped. */
const PRIVATE_KEY = /(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[^-]+/g;

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
  const redacted = redactText(text, contentType);
  return redacted === text ? body : Buffer.from(redacted, 'latin1');
}

/**
 * Redacts secrets in a text of any format. Except for URL-encoded forms, tries all formats without regard to the
 * content type: the content type may be missing, and a part of a multipart body may be JSON.
 */
function redactText(text: string, contentType: string): string {
  if (FORM.test(contentType) || LOOKS_LIKE_FORM.test(text)) return fromUnicode(redactQuery(text));
  const inPairs = redactPairs(redactBlocks(text, PLACEHOLDER), PLACEHOLDER);
  const inJson = redactLinks(redactJson(inPairs, PLACEHOLDER), PLACEHOLDER);
  const inWords = redactElements(redactAssignments(inJson, PLACEHOLDER), PLACEHOLDER)
    .replace(LINE, (found, indent: string, name: string, sign: string) =>
      isSensitiveName(name) ? `${indent}${name}${sign}${PLACEHOLDER}` : found,
    )
    .replace(PRIVATE_KEY, `$1${PLACEHOLDER}`);
  return redactParts(inWords, PLACEHOLDER);
}

/**
 * Replaces each {@link REDACTED} that {@link redactQuery} has inserted by {@link PLACEHOLDER}, because `text` has one
 * character per byte, and {@link REDACTED} contains characters of several bytes.
 */
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
