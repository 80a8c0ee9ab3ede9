/** Matches one token of JSON: a string, a punctuation character, or a number or word. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
/** JSON with more levels is not indented, because the indentation would need far more memory than the JSON. */
const MAX_DEPTH = 200;

/**
 * Returns JSON with line breaks and indentation. Changes only the spaces: `JSON.stringify` would round large numbers,
 * drop repeated names, and move names such as `"1"` to the front. Returns the text unchanged if it is not valid JSON.
 */
export function indentJson(text: string): string {
  if (!isJson(text)) return text;
  let indented = '';
  let depth = 0;
  let previous = '';
  for (const [token] of text.matchAll(TOKEN)) {
    const isEnd = token === '}' || token === ']';
    const isAfterStart = previous === '{' || previous === '[';
    if (isAfterStart) depth++;
    if (isEnd) depth--;
    if (depth > MAX_DEPTH) return text;
    const isOnNewLine = isEnd ? !isAfterStart : isAfterStart || previous === ',';
    if (isOnNewLine) indented += `\n${'  '.repeat(depth)}`;
    indented += token === ':' ? ': ' : token;
    previous = token;
  }
  return indented;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
