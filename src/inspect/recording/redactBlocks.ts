import { isSensitiveName } from '../redaction.ts';
import { redactSpans } from './redactSpans.ts';

/**
 * Matches a line with a YAML key, whose value may continue on the lines below. The line may contain the beginning of
 * the value, or only signs before the value: `|` and `>` begin a text of several lines (YAML 1.2 section 8.1), `!` a
 * tag and `&` an anchor. If the key is `value` below a line `name: NAME`, as for the environment variables of a pod,
 * matches that line too.
 */
const KEY =
  /^([ \t]*(?:-[ \t]+)?)(?:(?:name|key):[ \t]*["']?([\w.-]{1,100})["']?[ \t]*\r?\n([ \t]*)value|["']?([\w.-]{1,100})["']?)[ \t]*:[ \t]*(?:[|>!&#][^\r\n]*|([^\s"'{[][^\r\n]*))?(\r?\n)/gim;
/** Matches the rest of a text up to a line break. It must match anywhere, also before a `\r` without `\n`. */
const LINE = /([ \t]*)(- )?[^\r\n]*(?:\r\n?|\n|$)/y;

/**
 * Redacts YAML texts, mappings and sequences of several lines if their name suggests that they contain a secret. Does
 * not change the line with the key: `redactBody` redacts what is on that line.
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
