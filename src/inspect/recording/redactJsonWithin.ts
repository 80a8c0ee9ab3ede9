import { isSensitiveName } from '../redaction.ts';
import { contentOf, redactContent } from './jsonStrings.ts';
import { MARK } from './redactEmbeddedJson.ts';
import { endOfValue, isHarmless, stringEnd } from './values.ts';

/** Matches the characters that a JSON string cannot contain: line breaks, and the marks of `redactEmbeddedJson`. */
const NOT_IN_STRING = new RegExp(`[\\r\\n]|${MARK.source}`, 'g');

/**
 * Redacts each value whose name is in double quotes and suggests a secret, wherever a text of another format contains
 * JSON: events of a stream, parts of a body, YAML. The text may be truncated anywhere. The text has one character per
 * byte (Latin-1).
 * @param redactString redacts secrets in the content of a string whose name does not suggest a secret
 */
export function redactJsonWithin(
  text: string,
  placeholder: string,
  redactString: (content: string) => string,
): string {
  let redacted = '';
  let kept = 0;
  let lineEnd = -1;
  let at = text.indexOf('"');
  while (at !== -1) {
    // If a line break or a mark of `redactEmbeddedJson` precedes the closing quote, the JSON is cut off, or the quote
    // belongs to another format.
    if (lineEnd < at) lineEnd = endOfLine(text, at);
    const end = stringEnd(text, at, lineEnd);
    const value = valueStart(text, end);
    const name = value === undefined ? '' : contentOf(text.slice(at, end));
    if (value !== undefined && isSensitiveName(name)) {
      const valueEnd = endOfValue(text, value, beginsLine(text, at));
      redacted += isHarmless(name, text.slice(value, valueEnd))
        ? text.slice(kept, valueEnd)
        : `${text.slice(kept, value)}"${placeholder}"`;
      kept = valueEnd;
      at = text.indexOf('"', valueEnd);
      continue;
    }
    if (value === undefined) {
      const inner = redactContent(text.slice(at, end), redactString);
      if (inner !== undefined) {
        redacted += text.slice(kept, at) + inner;
        kept = end;
      }
    }
    at = text.indexOf('"', end);
  }
  return redacted + text.slice(kept);
}

function endOfLine(text: string, start: number): number {
  NOT_IN_STRING.lastIndex = start;
  return NOT_IN_STRING.exec(text)?.index ?? text.length;
}

/**
 * Returns the index at which the value of a JSON name begins. Returns undefined if no value follows: the string is not
 * a name, or the text ends before the value.
 * @param end the index after the closing quote of the name
 */
function valueStart(text: string, end: number): number | undefined {
  const colon = skipSpace(text, end);
  if (text[colon] !== ':') return undefined;
  const start = skipSpace(text, colon + 1);
  return start < text.length ? start : undefined;
}

/** Returns whether only spaces, or the dash of a YAML sequence, precede the name at `at` on its line. */
function beginsLine(text: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && ' \t-'.includes(text.charAt(before))) before--;
  return before < 0 || text[before] === '\n';
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  return at;
}
