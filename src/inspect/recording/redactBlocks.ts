import { isSensitiveName } from '../redaction.ts';
import { redactSpans } from './redactSpans.ts';

/**
 * Matches the line of a YAML key whose value may continue on the lines below. After the colon, this line may contain
 * the beginning of the value, a comment (`#`), or only signs before the value: `|` and `>` begin a text of several
 * lines (YAML 1.2 section 8.1), `!` a tag and `&` an anchor. If the key is `value` and the line above is `name: NAME`,
 * as for the environment variables of a pod, matches both lines.
 */
const KEY =
  /^([ \t]*(?:-[ \t]+)?)(?:(?:name|key):[ \t]*["']?([\w.-]{1,100})["']?[ \t]*\r?\n([ \t]*)value|["']?([\w.-]{1,100})["']?)[ \t]*:[ \t]*(?:[|>!&#][^\r\n]*|([^\s"'{[][^\r\n]*))?(\r?\n)/gim;
/**
 * Matches the rest of a line with its line break. Must match at every position, even before a `\r` without `\n`:
 * otherwise {@link endOfBlock} would not advance and would never return.
 */
const LINE = /([ \t]*)(- )?[^\r\n]*(?:\r\n?|\n|$)/y;

/**
 * Redacts YAML values that continue on the lines below their key (texts, mappings and sequences), if the key suggests a
 * secret. Does not change the line with the key: `redactBody` redacts the rest of that line.
 */
export function redactBlocks(text: string, placeholder: string): string {
  return redactSpans(text, KEY, placeholder, (match) => {
    const [lines, before = '', pairName, beforeValue, name, beginning, lineBreak] = match;
    if (!isSensitiveName(pairName ?? name ?? '')) return undefined;
    const indentation = (beforeValue ?? before).length;
    const start = match.index + lines.length;
    const end = endOfBlock(text, start, indentation, beginning === undefined);
    if (text.slice(start, end).trim() === '') return undefined;
    return { start, end, replacement: `${' '.repeat(indentation)}  ${placeholder}${lineBreak}` };
  });
}

/**
 * Returns the end of the lines that belong to a key: empty lines, lines with a larger indentation, and, if the value
 * may be a sequence, items with the same indentation.
 */
function endOfBlock(text: string, start: number, indentation: number, mayBeSequence: boolean): number {
  let end = start;
  while (end < text.length) {
    LINE.lastIndex = end;
    const [line = '', spaces = '', dash] = LINE.exec(text) ?? [];
    const isItem = mayBeSequence && spaces.length === indentation && dash !== undefined;
    if (line.trim() !== '' && spaces.length <= indentation && !isItem) break;
    end += line.length;
  }
  return end;
}
