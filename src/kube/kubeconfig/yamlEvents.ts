import * as yaml from 'js-yaml';

/**
 * The most characters that {@link parseYamlEvents} may parse again in total. It repairs a text that js-yaml rejects but
 * kubectl accepts, and parses the whole text again after each repair. A text that exceeds the limit is rejected, so
 * that a faulty text does not block the process. A real kubeconfig needs at most two repairs.
 */
const MAX_PARSED_AGAIN = 1024 * 1024;
/**
 * The spaces that are inserted before a line that js-yaml rejects because it is not indented enough. This is enough
 * indentation even in deeply nested lists and mappings.
 */
const INDENTATION = ' '.repeat(256);
/** How deep lists and mappings may be nested. A deeper text is rejected. `go.yaml.in/yaml/v2` has the same limit. */
const MAX_DEPTH = 10_000;
/** Matches everything that may precede the value of a document: blank lines, comments and `---`. */
const LEADING = /^(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n])|---[ \t]+)*[ \t]*/;
/**
 * Characters after which kubectl's parser accepts a `#` as the beginning of a comment, without a space before the `#`.
 * YAML requires the space, so `repairAt` inserts one.
 */
const BEFORE_COMMENT = /["'\]}[{,:|>+\-\d]/;
/**
 * An alias as the name of a member: `*name: value`. By the YAML standard, the colon belongs to the alias. In kubectl's
 * parser, the colon ends the alias. Therefore `repairAt` inserts a space before the colon.
 */
const ALIAS_AS_NAME = /\*[\w-]+(?=:[ \t]+$)/;

/**
 * The result of parsing a text. The offsets in the events refer to `source`, the text after all repairs. Repairs add no
 * lines, so a line number also applies to the original text.
 */
export interface ParsedYaml {
  readonly source: string;
  readonly events: readonly yaml.Event[];
}

/** A repair of a text: `text` replaces the characters from `start` to `end`. */
interface Repair {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /**
   * True if the repair indents a line. This is correct only in a quoted text or a flow collection, where indentation
   * has no meaning. {@link isFreelyIndented} checks this after parsing.
   */
  readonly indents?: true;
}

/**
 * Parses a text. Accepts the same deviations from YAML as kubectl's parser (`scannerc.go` of `go.yaml.in/yaml/v2`):
 * - a comment without a space before its `#`, after one of the characters in {@link BEFORE_COMMENT}
 * - unindented lines in a quoted text or a flow collection
 * - a dash as a plain text in a flow collection
 * - the escape `\'`
 * - a colon right after an alias
 * - any text after a flow collection that is the whole document
 * Repairs the text only where js-yaml stops, so that a text without deviations is parsed only once.
 * @throws yaml.YAMLException
 */
export function parseYamlEvents(text: string): ParsedYaml {
  let source = text;
  let indented: readonly number[] = [];
  let first: unknown;
  for (let parsedAgain = 0; ; parsedAgain += source.length) {
    try {
      const events = yaml.parseEvents(source, { maxDepth: MAX_DEPTH });
      if (indented.every((offset) => isFreelyIndented(source, events, offset))) return { source, events };
    } catch (error) {
      first ??= error;
      const repair =
        error instanceof yaml.YAMLException && parsedAgain < MAX_PARSED_AGAIN
          ? repairAt(source, error.mark?.position ?? source.length)
          : undefined;
      if (repair === undefined) throw first;
      const { start, end, text: replacement, indents } = repair;
      source = source.slice(0, start) + replacement + source.slice(end);
      const growth = replacement.length - (end - start);
      indented = indented.map((offset) => (offset < start ? offset : offset + growth));
      if (indents === true) indented = [...indented, end + growth];
      continue;
    }
    throw first;
  }
}

/**
 * Returns the repair with which js-yaml can continue after it has stopped at `position`. Returns undefined if kubectl's
 * parser would stop there too.
 */
function repairAt(source: string, position: number): Repair | undefined {
  const [before = '', at = '', next = ''] = [source[position - 1], source[position], source[position + 1]];
  if (at === '#' && BEFORE_COMMENT.test(before)) return { start: position, end: position, text: ' ' };
  if (at === '-' && /[,[\]{}]/.test(next)) return { start: position, end: position + 1, text: '"-"' };
  if (at === "'" && before === '\\') return { start: position - 1, end: position, text: '' };
  const lineStart =
    Math.max(source.lastIndexOf('\n', position - 1), source.lastIndexOf('\r', position - 1)) + 1;
  const alias = ALIAS_AS_NAME.exec(source.slice(lineStart, position));
  if (alias !== null) {
    const end = lineStart + alias.index + alias[0].length;
    return { start: end, end, text: ' ' };
  }
  const blank = source.slice(lineStart, position);
  const isBehindFlow = /[}\]]$/.test(source.slice(0, position).trimEnd().slice(-1));
  if (isBehindFlow && /^[{[]/.test(source.replace(LEADING, ''))) {
    return { start: position, end: source.length, text: '' };
  }
  const isFirstOfLine = lineStart > 0 && at !== '' && /^[ \t]*$/.test(blank);
  return isFirstOfLine && !blank.startsWith(INDENTATION)
    ? { start: lineStart, end: lineStart, text: INDENTATION, indents: true }
    : undefined;
}

/** Returns true if an offset is in a quoted text or a flow collection, where indentation has no meaning. */
function isFreelyIndented(source: string, events: readonly yaml.Event[], offset: number): boolean {
  // The parser does not report where a flow collection (`[a, b]`) ends. But a line that begins with `]`, `}` or `,` is
  // always in a flow collection, unless the line is part of a text.
  const isIndicator = /^[ \t]*[\]},]/.test(source.slice(offset, offset + INDENTATION.length));
  if (isIndicator && !isInText(events, offset)) return true;
  const isFlow: boolean[] = [];
  for (const event of events) {
    switch (event.type) {
      case yaml.EVENT_ID.POP:
        isFlow.pop();
        break;
      case yaml.EVENT_ID.SCALAR:
        if (event.valueStart >= offset) return isFlow.includes(true);
        if (event.valueEnd > offset) return isFlow.includes(true) || isQuoted(event);
        break;
      case yaml.EVENT_ID.ALIAS:
        if (event.anchorStart >= offset) return isFlow.includes(true);
        break;
      case yaml.EVENT_ID.DOCUMENT:
        isFlow.push(false);
        break;
      default:
        if (event.start >= offset) return isFlow.includes(true);
        isFlow.push(event.style === yaml.COLLECTION_STYLE.FLOW);
    }
  }
  return false;
}

function isInText(events: readonly yaml.Event[], offset: number): boolean {
  return events.some(
    (event) => event.type === yaml.EVENT_ID.SCALAR && event.valueStart <= offset && offset < event.valueEnd,
  );
}

function isQuoted({ style }: yaml.ScalarEvent): boolean {
  return style === yaml.SCALAR_STYLE.SINGLE_QUOTED || style === yaml.SCALAR_STYLE.DOUBLE_QUOTED;
}
