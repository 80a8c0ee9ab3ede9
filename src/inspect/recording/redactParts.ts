import { isSensitiveName } from '../redaction.ts';
import { redactSpans } from './redactSpans.ts';

/**
 * Matches the header line that contains the name of a form field, in the head of each part of the body (RFC 7578
 * section 4.2).
 */
const DISPOSITION = /^content-disposition:[^\r\n]*/gim;
const NAME = /\bname="?([^";]*)/i;
const LINE_BREAK = '\r\n';
const HEAD_END = '\r\n\r\n';
/** The length of the `--` before a boundary. A line that consists only of `--` is not a delimiter. */
const MIN_DELIMITER = 2;
/**
 * How far to search, in characters: forwards for the end of a part's head, and backwards for the delimiter line above
 * this head. If the end or the line is not found, the rest of the text is redacted. Most heads are much shorter.
 */
const HEAD_LIMIT = 2_000;
const LINE_LIMIT = 1_000;

/** Redacts the parts of `multipart/form-data` whose field names suggest secrets. */
export function redactParts(text: string, placeholder: string): string {
  return redactSpans(text, DISPOSITION, placeholder, ({ 0: line, index }) => {
    if (!isSensitiveName(NAME.exec(line.slice(0, LINE_LIMIT))?.[1] ?? '')) return undefined;
    const lineEnd = index + line.length;
    const headEnd = text.slice(lineEnd, lineEnd + HEAD_LIMIT).indexOf(HEAD_END);
    // If the end of the head is not found, redacts everything after the header line, because the value may begin
    // anywhere.
    const start = headEnd === -1 ? lineEnd : lineEnd + headEnd + HEAD_END.length;
    const delimiter = delimiterAbove(text, index);
    const end = delimiter === undefined ? -1 : text.indexOf(LINE_BREAK + delimiter, start);
    return { start, end: end === -1 ? text.length : end };
  });
}

/**
 * Returns the delimiter line above the head of a part: `--` and the boundary (RFC 2046 section 5.1.1). The value of the
 * part ends where the same delimiter line appears again. Other lines that begin with `--`, such as those of PEM files,
 * do not end the value. Returns undefined if no delimiter is found; then the whole rest of the text is redacted.
 */
function delimiterAbove(text: string, index: number): string | undefined {
  const start = Math.max(0, index - HEAD_LIMIT);
  const above = (start === 0 ? LINE_BREAK : '') + text.slice(start, index);
  const lineStart = above.lastIndexOf(`${LINE_BREAK}--`);
  if (lineStart === -1) return undefined;
  const [line = ''] = above.slice(lineStart + LINE_BREAK.length).split(LINE_BREAK, 1);
  const delimiter = line.trimEnd();
  return delimiter.length > MIN_DELIMITER ? delimiter : undefined;
}
