import { isSensitiveName } from '../redaction.ts';
import { redactSpans } from './redactSpans.ts';

/**
 * Matches a YAML key without a value on its line: the lines below are the value. `|` and `>` begin a text of several
 * lines (YAML 1.2 section 8.1).
 */
const KEY =
  /^([ \t]*(?:-[ \t]+)?)([\w.-]{1,100})[ \t]*:[ \t]*(?:[|>][-+\d]{0,2}[ \t]*)?(?:#[^\r\n]*)?(\r?\n)/gm;
const LINE = /([ \t]*)(- )?[^\r\n]*(?:\r?\n|$)/y;

/** Redacts YAML texts, mappings and sequences of several lines if their key suggests that they contain a secret. */
export function redactBlocks(text: string, placeholder: string): string {
  return redactSpans(
    text,
    KEY,
    placeholder,
    ({ 0: line, 1: before = '', 2: name = '', 3: lineBreak, index }) => {
      if (!isSensitiveName(name)) return undefined;
      const start = index + line.length;
      const end = endOfBlock(text, start, before.length);
      if (text.slice(start, end).trim() === '') return undefined;
      return { start, end, replacement: `${' '.repeat(before.length)}  ${placeholder}${lineBreak}` };
    },
  );
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
