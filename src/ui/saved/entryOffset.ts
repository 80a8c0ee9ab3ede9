/**
 * Where settings, as text, have the saved forward of that name: the offset of its `name`. The text may have comments, so it is looked at,
 * not parsed. Undefined if it is not there.
 * @param key the setting's whole key
 */
export function entryOffset(settings: string, key: string, name: string): number | undefined {
  const list = settings.indexOf(JSON.stringify(key));
  if (list < 0) return undefined;
  for (const match of settings.slice(list).matchAll(/"name"\s*:\s*("(?:[^"\\\n]|\\.)*")/g)) {
    if (textOf(match[1] ?? '') === name) return list + match.index;
  }
  return undefined;
}

/** One name may be written in several ways: with escapes, or without. */
function textOf(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}
