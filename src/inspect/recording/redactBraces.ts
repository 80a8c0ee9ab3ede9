import { isSensitiveName } from '../redaction.ts';
import { redactSpans } from './redactSpans.ts';
import { endOfValue, isHarmless } from './values.ts';

/**
 * Matches a name in braces or brackets before a value without quotes, as in YAML (YAML 1.2 section 7.4). Also matches a
 * name at the beginning of a line, whose value may be in braces or brackets.
 */
const NAME =
  /(^[ \t]{0,200}(?:-[ \t]{1,20})?|[{,[]\s{0,200})["']?([\w.-]{1,100})["']?\s{0,5}:[ \t]{1,20}(?=[^\s"'\\])/gm;

/** Redacts values in braces or brackets whose names suggest secrets: `{name: value}` and `name: {…}`. */
export function redactBraces(text: string, placeholder: string): string {
  return redactSpans(text, NAME, placeholder, ({ 0: found, 1: before = '', 2: name = '', index }) => {
    if (!isSensitiveName(name)) return undefined;
    const start = index + found.length;
    // Ignores values without braces or brackets that are on lines of their own: `redactBody` redacts them.
    if (!/[{,[]/.test(before) && !/[{[]/.test(text.charAt(start))) return undefined;
    const end = endOfValue(text, start, false);
    return isHarmless(name, text.slice(start, end)) ? undefined : { start, end };
  });
}
