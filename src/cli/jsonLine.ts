// Characters that JSON does not escape and that terminals treat as commands, as a change of direction, or as nothing.
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Returns JSON that is safe to show in a terminal and has the same value for a parser. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(
    CONTROL,
    // JSON escapes code units; a tag character has two.
    (character) =>
      Array.from({ length: character.length }, (_none, index) => unitEscape(character, index)).join(''),
  );
}

function unitEscape(character: string, index: number): string {
  return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
}
