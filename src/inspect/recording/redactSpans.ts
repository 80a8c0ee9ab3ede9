/** A part of a text to replace. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Optional, default: the placeholder. */
  readonly replacement?: string;
}

/**
 * Replaces spans of a text. Ignores matches that begin inside a span that has already been replaced.
 * @param pattern matches the name or head of each value
 * @param spanOf returns the span to replace for a match of the pattern; undefined if nothing is to be replaced
 */
export function redactSpans(
  text: string,
  pattern: RegExp,
  placeholder: string,
  spanOf: (match: RegExpExecArray) => Span | undefined,
): string {
  let redacted = '';
  let kept = 0;
  for (const match of text.matchAll(pattern)) {
    const span = match.index < kept ? undefined : spanOf(match);
    if (span === undefined) continue;
    redacted += text.slice(kept, span.start) + (span.replacement ?? placeholder);
    kept = span.end;
  }
  return redacted + text.slice(kept);
}
