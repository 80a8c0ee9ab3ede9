import { isSensitiveName } from '../redaction.ts';

/**
 * Matches a name, a `:` or `=`, and a quoted value. The end of the value may be missing, because bodies may be
 * truncated.
 */
const ASSIGNMENT =
  /(?<![\w.:-])([\w.:-]{1,100})(\s{0,5}[:=]\s{0,5})("(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$))/g;

/**
 * Redacts each value in `name = "value"` or `name: 'value'` whose name suggests a secret: attributes of XML, settings,
 * scripts, arguments of GraphQL.
 */
export function redactAssignments(text: string, placeholder: string): string {
  return text.replace(ASSIGNMENT, (found, name: string, sign: string, value: string) => {
    const quote = value.charAt(0);
    return isSensitiveName(name) ? `${name}${sign}${quote}${placeholder}${quote}` : found;
  });
}
