import { readContainer } from './jsonText.ts';

/** Matches where an object begins, or an array of strings or objects. */
const START = /\{[ \t\r\n]*"|\[[ \t\r\n]*["{]/g;
/**
 * {@link redactEmbeddedJson} temporarily replaces each object or array with one character. This is the first of these
 * characters. A text has one character per byte, so the text itself contains none of these characters.
 */
const FIRST_MARK = 0x3400;
/** Matches the characters with which {@link redactEmbeddedJson} temporarily replaces objects and arrays. */
export const MARK = /[\u3400-\ud7ff]/g;

/**
 * Redacts each JSON object and array in a text separately from the rest of the text, because the patterns for other
 * formats could match parts of JSON strings. A text contains JSON, for example, in events of a stream, in parts of a
 * multipart body, in logs and in scripts. The last object or array may be truncated.
 * @param redactJson redacts an object or array
 * @param redactRest redacts the text, in which each object or array is replaced by one character
 */
export function redactEmbeddedJson(
  text: string,
  redactJson: (json: string) => string,
  redactRest: (rest: string) => string,
): string {
  const found: string[] = [];
  let rest = '';
  let kept = 0;
  START.lastIndex = 0;
  for (;;) {
    const start = START.exec(text)?.index;
    if (start === undefined) break;
    const { end, isJson } = readContainer(text, start);
    if (isJson) {
      rest += text.slice(kept, start) + String.fromCharCode(FIRST_MARK + found.length);
      found.push(text.slice(start, end));
      kept = end;
    }
    // Continues after a text that is almost JSON, and does not search within this text. Otherwise the same text would
    // be read many times.
    START.lastIndex = Math.max(end, start + 1);
  }
  return redactRest(rest + text.slice(kept)).replace(MARK, (mark) => {
    const json = found[mark.charCodeAt(0) - FIRST_MARK];
    return json === undefined ? mark : redactJson(json);
  });
}
