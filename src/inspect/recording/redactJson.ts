import { redactContent } from './jsonStrings.ts';
import { isSecret, readJsonText } from './jsonText.ts';

/** Matches the first line of a private key (RFC 7468). */
const KEY_BEGIN = /-----BEGIN [A-Z ]{0,30}PRIVATE KEY/;
const KEY_END = '-----END';

/**
 * Redacts each value whose name suggests a secret in a text that is JSON, several values of JSON, or the beginning of
 * such a text. The text stays JSON. Returns undefined if the text is something else. The text has one character per
 * byte (Latin-1).
 * @param redactString redacts secrets in the content of a string whose name does not suggest a secret
 */
export function redactJson(
  text: string,
  placeholder: string,
  redactString: (content: string) => string,
): string | undefined {
  const json = readJsonText(text);
  if (json === undefined) return undefined;
  let redacted = '';
  let kept = 0;
  let isInKey = false;
  const lastEnd = text.lastIndexOf(KEY_END);
  const redactQuoted = (quoted: string, end: number): string | undefined => {
    const keyEnd = quoted.lastIndexOf(KEY_END);
    const wasInKey = isInKey;
    // Each line of a private key may be a string of its own, so the strings after the first line of a key are redacted
    // too. This is not done if the end of the key is missing although the text is one complete value: the first line is
    // then probably an example. A truncated text or a sequence of values may end within a key.
    const mayContinue = json.isTruncated || json.isSequence || end <= lastEnd;
    if (KEY_BEGIN.test(quoted.slice(keyEnd + 1))) isInKey = mayContinue;
    else if (keyEnd !== -1) isInKey = false;
    if (!wasInKey) return redactContent(quoted, redactString);
    if (keyEnd === -1) return `"${placeholder}"`;
    const rest = `"${quoted.slice(keyEnd)}`;
    return `"${placeholder}${(redactContent(rest, redactString) ?? rest).slice(1)}`;
  };
  for (const value of json.values) {
    const { start, end, kind } = value;
    if (start < kept) continue;
    let replacement: string | undefined;
    if (isSecret(text, value)) replacement = `"${placeholder}"`;
    else if (kind === 'name') replacement = redactContent(text.slice(start, end), redactString);
    else if (kind === 'string') replacement = redactQuoted(text.slice(start, end), end);
    if (replacement === undefined) continue;
    redacted += text.slice(kept, start) + replacement;
    kept = end;
  }
  return redacted + text.slice(kept);
}
