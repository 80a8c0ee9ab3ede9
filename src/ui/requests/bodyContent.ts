import { isUtf8 } from 'node:buffer';
import type { RecordedMessage } from '../../rpc/exchanges.ts';

/** A body for people. The forward host has undone its content encoding. */
export interface BodyContent {
  readonly bytes: Uint8Array;
  /** The body as text; undefined if it is binary. */
  readonly text: string | undefined;
  /** The media type without parameters, in lower case: `application/json`. Empty if the message tells none. */
  readonly mediaType: string;
  /** The value of `Content-Type`. */
  readonly contentType: string;
}

/** Reads the body of a recorded message. */
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

/** The value of a header; several of one name are joined by commas, as HTTP allows. */
export function headerValue({ head }: RecordedMessage, wanted: string): string | undefined {
  const values = head.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
}

/** Undefined for binary content. A truncated text may end in the middle of a character. */
function asText(bytes: Buffer, isTruncated: boolean): string | undefined {
  if (bytes.includes(0)) return undefined;
  for (let cut = 0; cut <= (isTruncated ? 3 : 0); cut += 1) {
    const whole = bytes.subarray(0, bytes.length - cut);
    if (isUtf8(whole)) return bytes.toString('utf8');
  }
  return undefined;
}
