// The characters to escape: control characters, line separators, lone surrogates, and all characters that Unicode
// classifies as format or ignorable. Bidirectional overrides change the order in which a line is displayed. Zero-width
// and tag characters (Unicode 16, section 23.9) can hide text.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/**
 * Invisible characters inside an emoji, which are not escaped: a zero-width joiner between two symbols, or a variation
 * selector after one symbol.
 */
const EMOJI_PART =
  /(?<=\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)\u200d(?=\p{Extended_Pictographic})|(?<=\p{Extended_Pictographic})\ufe0f/gu;

/**
 * Matches text of printable ASCII characters only, which needs no escaping. Most texts match, so this check comes
 * first.
 */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * The maximum length of a text from a peer (such as an API server or a pod), in UTF-16 code units: MESSAGE_LIMIT in an
 * error message, LOG_LIMIT in a log line. {@link shorten} removes the middle of a longer text.
 */
export const MESSAGE_LIMIT = 300;
export const LOG_LIMIT = 2_000;

const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Returns true if a text can be the value of an HTTP header: it has no control characters except tabs, as Go's
 * `net/http` requires, and each character fits into one byte, as Node requires.
 */
export function isHeaderValue(text: string): boolean {
  return HEADER_VALUE.test(text);
}

/** Returns true if {@link printable} does not change the text. */
export function isPrintable(text: string): boolean {
  return printable(text) === text;
}

/**
 * Makes text from a cluster safe for one line of a terminal, log or error. Control and invisible characters become
 * `\xNN`, `\uNNNN` or `\u{NNNNN}`. The result cannot send an escape sequence to a terminal, forge a log line with a
 * line break, or hide a part of a name.
 */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  const emojiParts = new Set(Array.from(text.matchAll(EMOJI_PART), ({ index }) => index));
  return text.replace(UNPRINTABLE, (character, index: number) =>
    emojiParts.has(index) ? character : escaped(character.codePointAt(0) ?? 0),
  );
}

/**
 * Returns the text. If it is longer than `limit` UTF-16 code units, replaces its middle with an ellipsis, because an
 * error often has its cause at the end (`…: connection refused`). Never splits a surrogate pair.
 */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const tail = Math.floor(limit / 3);
  const head = limit - 1 - tail;
  const start = text.slice(0, head).replace(/[\ud800-\udbff]$/, '');
  const end = text.slice(text.length - tail).replace(/^[\udc00-\udfff]/, '');
  return `${start}…${end}`;
}

/**
 * Escapes a text as {@link printable} does, and then shortens the result to `limit` UTF-16 code units with
 * {@link shorten}. Takes little time even for a text of megabytes, because only the parts that may be shown are
 * escaped.
 */
export function shortPrintable(text: string, limit: number): string {
  // Shortens the text before it is escaped, to save time. This does not change the result: escaping never makes a text
  // shorter, so the outer `shorten` would remove the same characters anyway.
  return shorten(printable(shorten(text, 2 * limit)), limit);
}

function escaped(code: number): string {
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}

/**
 * Removes every repetition of a character from the end of a text. Takes linear time, even for a text with many
 * repetitions elsewhere. A regular expression such as `/x+$/` takes quadratic time for such a text.
 */
export function withoutEnd(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}
