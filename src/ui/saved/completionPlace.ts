/** What can be completed where somebody writes, and the text from `start` that the choice takes the place of. */
export interface CompletionPlace {
  readonly type: 'savedName' | 'context';
  /** Offset of the first character of what is typed so far. */
  readonly start: number;
  /** Whether the quotes are there already. */
  readonly isQuoted: boolean;
}

interface Level {
  readonly isArray: boolean;
  /** The key that the array or the object is the value of. */
  readonly key: string;
}

/** Strings, also those without an end, comments of either kind, and what gives a file its structure. */
const TOKEN = /"(?:[^"\\\n]|\\.)*("|$)|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[[\]{}:,]/g;

/**
 * What belongs where a file of settings or tasks ends so far: names of saved forwards in a task's `forwards`, contexts behind
 * `context`. The file may be half written, which is when somebody asks: only what comes before counts.
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
  // Only white space may follow what has been read.
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
