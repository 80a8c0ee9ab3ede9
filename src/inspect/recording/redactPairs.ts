import { isSensitiveName } from '../redaction.ts';

/** Matches the members `name` and `value` of a JSON object, such as an environment variable in the JSON of a pod. */
const JSON_PAIR =
  /("(?:name|key)"\s{0,20}:\s{0,20}"([^"\\]{1,100})"\s{0,20},\s{0,200}"value"\s{0,20}:\s{0,20})"(?:[^"\\]|\\[\s\S])*(?:"|$)/gi;
/** Matches the members `name` and `value` in YAML, where each is on a line of its own. */
const YAML_PAIR =
  /^([ \t]{0,200}(?:-[ \t]{1,20})?(?:name|key):[ \t]{0,20}["']?([\w.-]{1,100})["']?[ \t]{0,20}\r?\n[ \t]{0,200}value:[ \t]{0,20})[^\s][^\r\n]*/gim;
const INPUT = /<input\b[^<>]{1,2000}>/gi;
const INPUT_NAME = /\bname\s{0,5}=\s{0,5}["']?([^"'\s>]{1,100})/i;
const PASSWORD_INPUT = /\btype\s{0,5}=\s{0,5}["']?password\b/i;
const INPUT_VALUE = /(\bvalue\s{0,5}=\s{0,5})("[^"]*"|'[^']*'|[^\s"'>]+)/i;

/**
 * Redacts values whose name is the value of another member, if the name suggests a secret: `"name": "PASSWORD",
 * "value": "…"` in JSON and YAML, and input fields of HTML forms.
 */
export function redactPairs(text: string, placeholder: string): string {
  return text
    .replace(JSON_PAIR, (found, before: string, name: string) =>
      isSensitiveName(name) ? `${before}"${placeholder}"` : found,
    )
    .replace(YAML_PAIR, (found, before: string, name: string) =>
      isSensitiveName(name) ? `${before}${placeholder}` : found,
    )
    .replace(INPUT, (input) => {
      const isSensitive = PASSWORD_INPUT.test(input) || isSensitiveName(INPUT_NAME.exec(input)?.[1] ?? '');
      return isSensitive ? input.replace(INPUT_VALUE, `$1"${placeholder}"`) : input;
    });
}
