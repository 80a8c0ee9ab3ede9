import { isSensitiveName } from '../redaction.ts';

/**
 * Matches the header line that contains the name of a form field, in the head of each part of the body (RFC 7578
 * section 4.2).
 */
const DISPOSITION = /^content-disposition:[^\r\n]*/gim;
const NAME = /\bname="?([^";]*)/i;
const HEAD_END = '\r\n\r\n';
/**
 * How many characters to search for the end of a part's head. If a head is longer, its part is not redacted; usual
 * heads are much shorter.
 */
const HEAD_LIMIT = 2_000;
const LINE_LIMIT = 1_000;

/** Redacts the parts of `multipart/form-data` whose field names suggest secrets. */
export function redactParts(text: string, placeholder: string): string {
  let redacted = '';
  let kept = 0;
  for (const { 0: line, index } of text.matchAll(DISPOSITION)) {
    if (index < kept || !isSensitiveName(NAME.exec(line.slice(0, LINE_LIMIT))?.[1] ?? '')) continue;
    const start = index + line.length;
    const headEnd = text.slice(start, start + HEAD_LIMIT).indexOf(HEAD_END);
    if (headEnd === -1) continue;
    const value = start + headEnd + HEAD_END.length;
    const end = text.indexOf('\r\n--', value);
    redacted += text.slice(kept, value) + placeholder;
    kept = end === -1 ? text.length : end;
  }
  return redacted + text.slice(kept);
}
