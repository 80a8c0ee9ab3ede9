import { readObject } from './jsonText.ts';

const OBJECT_START = /\{[ \t\r\n]*"/g;
/**
 * The first of the characters that stand for objects. A text has one character per byte, so the text itself contains
 * none of these characters.
 */
const FIRST_MARK = 0x3400;
const MARK = /[\u3400-\ud7ff]/g;

/**
 * Redacts each JSON object in a text separately from the rest of the text, because the patterns for other formats could
 * match parts of strings in the objects. Such objects are in events of a stream, in parts of a body, in logs and
 * scripts. The last object may be truncated.
 * @param redactObject redacts an object
 * @param redactRest redacts the text, in which one character stands for each object
 */
export function redactObjects(
  text: string,
  redactObject: (object: string) => string,
  redactRest: (rest: string) => string,
): string {
  const objects: string[] = [];
  let rest = '';
  let kept = 0;
  OBJECT_START.lastIndex = 0;
  for (;;) {
    const start = OBJECT_START.exec(text)?.index;
    if (start === undefined) break;
    const { end, isObject } = readObject(text, start);
    if (isObject) {
      rest += text.slice(kept, start) + String.fromCharCode(FIRST_MARK + objects.length);
      objects.push(text.slice(start, end));
      kept = end;
    }
    // Continues after a text that is almost an object, and does not search within this text. Otherwise the same text
    // would be read many times.
    OBJECT_START.lastIndex = Math.max(end, start + 1);
  }
  return redactRest(rest + text.slice(kept)).replace(MARK, (mark) => {
    const object = objects[mark.charCodeAt(0) - FIRST_MARK];
    return object === undefined ? mark : redactObject(object);
  });
}
