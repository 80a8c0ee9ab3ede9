/**
 * What can be completed at the cursor: the name of a saved forward, or a context. The completion replaces the text from
 * `start` to the cursor.
 */
export interface CompletionPlace {
  readonly type: 'savedName' | 'context';
  /** The offset of the first character of the typed text in the file. */
  readonly start: number;
  /** Whether the typed text is already in quotes, so that the completion must not add quotes. */
  readonly isQuoted: boolean;
}

interface Level {
  readonly isArray: boolean;
  /** The key whose value is the array or object, such as `forwards` in `"forwards": [`. */
  readonly key: string;
}

/**
 * Matches the tokens that determine what can be completed: strings (even without a closing quote), line comments, block
 * comments, and the structural characters of JSON.
 */
const TOKEN = /"(?:[^"\\\n]|\\.)*("|$)|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[[\]{}:,]/g;

/**
 * Returns what can be completed at the cursor in a settings or tasks file: the name of a saved forward in a task's
 * `forwards`, or a context after `context`. Otherwise returns undefined. Looks only at the text before the cursor,
 * because the text after it is often incomplete while the user types.
 * @param before the text before the cursor
 */
export function completionPlace(before: string): CompletionPlace | undefined {
  const levels: Level[] = [];
  let last = '';
  let key = '';
  for (const match of before.matchAll(TOKEN)) {
    const [token, end] = match;
    if (token.startsWith('"')) {
      if (end === '') return placeAt(levels.at(-1), key, match.index + 1, true);
      last = token.slice(1, -1);
    } else if (token === ':') key = last;
    else if (token === ',') key = '';
    else if (token === '[' || token === '{') {
      levels.push({ isArray: token === '[', key });
      key = '';
    } else if (token === ']' || token === '}') {
      levels.pop();
      key = '';
    } else if (!token.endsWith('*/') && match.index + token.length === before.length) return undefined;
  }
  // Outside a string, a new value can begin only after `:`, `[`, `,` or white space. So there is nothing to complete
  // after another character.
  const start = before.length;
  return /[:[,\s]$/.test(before) ? placeAt(levels.at(-1), key, start, false) : undefined;
}

function placeAt(
  level: Level | undefined,
  key: string,
  start: number,
  isQuoted: boolean,
): CompletionPlace | undefined {
  if (level?.isArray === true) {
    return level.key === 'forwards' ? { type: 'savedName', start, isQuoted } : undefined;
  }
  return key === 'context' ? { type: 'context', start, isQuoted } : undefined;
}
