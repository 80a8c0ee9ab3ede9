import { isSensitiveName } from '../redaction.ts';
import { redactSpans } from './redactSpans.ts';

/**
 * Matches a YAML key without a value on its line: the lines below are the value. `|` and `>` begin a text of several
 * lines (YAML 1.2 section 8.1). If the key is `value` below a line `name: NAME`, as for the environment variables of a
 * pod, matches that line too.
 */
const KEY =
  /^([ \t]*(?:-[ \t]+)?)(?:(?:name|key):[ \t]*["']?([\w.-]{1,100})["']?[ \t]*\r?\n([ \t]*)value|([\w.-]{1,100}))[ \t]*:[ \t]*(?:[|>][-+\d]{0,2}[ \t]*)?(?:#[^\r\n]*)?(\r?\n)/gim;
const LINE = /([ \t]*)(- )?[^\r\n]*(?:\r?\n|$)/y;

/** Redacts YAML texts, mappings and sequences of several lines if their name suggests that they contain a secret. */
export function redactBlocks(text: string, placeholder: string): string {
  return redactSpans(text, KEY, placeholder, (match) => {
    const [lines, before = '', pairName, beforeValue, name, lineBreak] = match;
    if (!isSensitiveName(pairName ?? name ?? '')) return undefined;
    const indentation = (beforeValue ?? before).length;
    const start = match.index + lines.length;
    const end = endOfBlock(text, start, indentation);
    if (text.slice(start, end).trim() === '') return undefined;
    return { start, end, replacement: `${' '.repeat(indentation)}  ${placeholder}${lineBreak}` };
  });
}

/**
 * Returns the end of the lines that belong to a key: empty lines, lines with a larger indentation, and items of a
 * sequence with the same indentation.
 */
function endOfBlock(text: string, start: number, indentation: number): number {
  let end = start;
  while (end < text.length) {
    LINE.lastIndex = end;
    const [line = '', spaces = '', dash] = LINE.exec(text) ?? [];
    const isItem = spaces.length === indentation && dash !== undefined;
    if (line.trim() !== '' && spaces.length <= indentation && !isItem) break;
    end += line.length;
  }
  return end;
}
