import { isUtf8 } from 'node:buffer';
import type { RecordedMessage } from '../../rpc/exchanges.ts';
import type { Localizer } from '../present/localizer.ts';

/**
 * The body of a recorded request or response, as documents and exported files contain it. The forward host has removed
 * the content encoding, such as gzip.
 */
export interface BodyContent {
  readonly bytes: Uint8Array;
  /** The body as text; undefined if it is binary. */
  readonly text: string | undefined;
  /**
   * The media type without parameters, in lower case: `application/json`. Empty if the message has no `Content-Type`.
   */
  readonly mediaType: string;
  /** The value of the header `Content-Type`. Empty if the message has none. */
  readonly contentType: string;
}

/** Returns why a body, or the rest of it, is missing while the request is still open. */
export function openRequestText(l10n: Localizer): string {
  return l10n.t('Bodies can be read only when the request is complete.');
}

/** Returns the body of a recorded message, decoded from Base64. */
export function readRecordedBody(message: RecordedMessage): BodyContent {
  const contentType = headerValue(message, 'content-type') ?? '';
  const bytes = Buffer.from(message.body, 'base64');
  return {
    bytes,
    text: asText(bytes, message.isTruncated),
    mediaType: (contentType.split(';')[0] ?? '').trim().toLowerCase(),
    contentType,
  };
}

/**
 * Returns the value of a header; undefined if it is missing. If the header occurs several times, its values are
 * joined by commas, as HTTP allows.
 * @param wanted the name of the header, in lower case
 */
export function headerValue({ head }: RecordedMessage, wanted: string): string | undefined {
  const values = head.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
}

/**
 * Returns the body as text; undefined if the body is binary. A body is text if it is valid UTF-8 and contains no NUL
 * character. A truncated body may end in the middle of a character, which has at most 4 bytes. So the last 1 to 3 bytes
 * of a truncated body may be invalid.
 */
function asText(bytes: Buffer, isTruncated: boolean): string | undefined {
  if (bytes.includes(0)) return undefined;
  for (let cut = 0; cut <= (isTruncated ? 3 : 0); cut += 1) {
    const whole = bytes.subarray(0, bytes.length - cut);
    if (isUtf8(whole)) return bytes.toString('utf8');
  }
  return undefined;
}
