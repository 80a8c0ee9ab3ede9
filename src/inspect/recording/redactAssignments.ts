import { isSensitiveName } from '../redaction.ts';

/** A name at the beginning of its word, a sign, and a quoted text that may be cut off. */
const ASSIGNMENT =
  /(?<![\w.:-])([\w.:-]{1,100})(\s{0,5}[:=]\s{0,5})("(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$))/g;

/** Redacts `name = "value"` and `name: 'value'`: attributes of XML, settings, scripts, arguments of GraphQL. */
export function redactAssignments(text: string, placeholder: string): string {
  return text.replace(ASSIGNMENT, (found, name: string, sign: string, value: string) => {
    const quote = value.charAt(0);
    return isSensitiveName(name) ? `${name}${sign}${quote}${placeholder}${quote}` : found;
  });
}
