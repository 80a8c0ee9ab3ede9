import { isSensitiveName } from '../redaction.ts';

/** RFC 7578 section 4.2: the line in a part's head that has the name of its field. */
const DISPOSITION = /^content-disposition:[^\r\n]*/gim;
const NAME = /\bname="?([^";]*)/i;
const HEAD_END = '\r\n\r\n';
/** The head of a part is short. In characters. */
const HEAD_LIMIT = 2_000;
const LINE_LIMIT = 1_000;

/** Redacts the values of `multipart/form-data` by the names of their fields. */
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
