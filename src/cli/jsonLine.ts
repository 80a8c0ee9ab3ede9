// Matches characters that `JSON.stringify` does not escape, but that are not safe in a terminal: control characters,
// characters that change the direction of text, and invisible characters.
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Returns the value as JSON that is safe to print in a terminal, because dangerous characters are escaped. A parser
 * reads the same value as from ordinary JSON.
 */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(
    CONTROL,
    // Escapes each UTF-16 code unit of a character, because a JSON escape represents one code unit, and some of the
    // matched characters have two.
    (character) =>
      Array.from({ length: character.length }, (_none, index) => unitEscape(character, index)).join(''),
  );
}

function unitEscape(character: string, index: number): string {
  return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
}
