/**
 * Returns the offset of a saved forward's `name` in the text of a settings file; undefined if there is no such name.
 * Searches the text instead of parsing it, because a settings file may contain comments.
 * @param key the full key of the setting: `kubePortForward.forwards`
 */
export function entryOffset(settings: string, key: string, name: string): number | undefined {
  const list = settings.indexOf(JSON.stringify(key));
  if (list < 0) return undefined;
  for (const match of settings.slice(list).matchAll(/"name"\s*:\s*("(?:[^"\\\n]|\\.)*")/g)) {
    if (textOf(match[1] ?? '') === name) return list + match.index;
  }
  return undefined;
}

/** Decodes the JSON string of a name, which may contain escapes. Returns undefined for an invalid string. */
function textOf(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    return undefined;
  }
}
