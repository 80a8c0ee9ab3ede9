import { isSensitiveName } from '../redaction.ts';
import { redactSpans } from './redactSpans.ts';
import { isHarmless, stringEnd } from './values.ts';

/** Matches a name, with or without quotes, and a `:` or `=` before a quoted value. */
const ASSIGNMENT = /(?<![\w.:-])([\w.:-]{1,100})["']?\s{0,5}[:=]\s{0,5}(?=["'])/g;

/**
 * Redacts each value in `name = "value"` or `'name': 'value'` whose name suggests a secret: attributes of XML,
 * settings, scripts, arguments of GraphQL. The end of a value may be missing, because bodies may be truncated.
 */
export function redactAssignments(text: string, placeholder: string): string {
  return redactSpans(text, ASSIGNMENT, placeholder, ({ 0: found, 1: name = '', index }) => {
    if (!isSensitiveName(name)) return undefined;
    const start = index + found.length;
    const end = stringEnd(text, start);
    const quote = text.charAt(start);
    if (isHarmless(name, text.slice(start, end))) return undefined;
    return { start, end, replacement: quote + placeholder + quote };
  });
}
