// C0 and C1 controls, and the bidirectional overrides that can make a line read other than it is.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what this is for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes text from a cluster safe to show on one line of a terminal, log or error: control characters come out
 * as `\xNN` or `\uNNNN`, so that no escape sequence reaches the terminal and no line break forges a log line.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
