/**
 * Matches strings that may contain something to redact: a name with a value (such as `password=1`), markup, or a
 * private key. Other strings are not decoded, to save time.
 */
const MAY_HAVE_NAMES = /[\\'=<]|: |value:|-----BEGIN/i;
/** Matches a string that is not cut off. */
const WHOLE = /^"(?:[^"\\]|\\.)*"$/;

/**
 * Redacts the content of a quoted JSON string, whose end may be missing. The string has one character per byte
 * (Latin-1). Returns undefined if there is nothing to redact.
 */
export function redactContent(quoted: string, redactString: (content: string) => string): string | undefined {
  if (!MAY_HAVE_NAMES.test(quoted)) return undefined;
  // Decodes UTF-8 before the escapes: an escape such as `\u2022` means a character that may have several bytes, which a
  // text with one character per byte cannot contain.
  const text = asBytes(contentOf(asCharacters(quoted)));
  const redacted = redactString(text);
  if (redacted === text) return undefined;
  const encoded = asBytes(JSON.stringify(asCharacters(redacted)));
  return WHOLE.test(quoted) ? encoded : encoded.slice(0, -1);
}

/** Returns the string without quotes and escapes, even if the string is malformed or truncated. */
export function contentOf(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted
      .replace(/^"|"$/g, '')
      .replace(/\\u([0-9a-f]{4})|\\(.)/gi, (_found, code?: string, character?: string) =>
        code === undefined ? (character ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
      );
  }
}

function asCharacters(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString();
}

function asBytes(characters: string): string {
  return Buffer.from(characters).toString('latin1');
}
