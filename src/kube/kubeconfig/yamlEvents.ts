import * as yaml from 'js-yaml';

/** The most characters to parse again in total. A kubeconfig has these oddities in a line or two, if at all. */
const MAX_PARSED_AGAIN = 1024 * 1024;
/** More than any nesting of lists and mappings needs. */
const INDENTATION = ' '.repeat(256);
/** The depth limit of `go.yaml.in/yaml/v2`. */
const MAX_DEPTH = 10_000;
/** The text that may come before a document's value. */
const LEADING = /^(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n])|---[ \t]+)*[ \t]*/;
/** After these characters Go's scanner reads a `#` as a comment. YAML demands a space between. */
const BEFORE_COMMENT = /["'\]}[{,:|>+\-\d]/;
/** An alias as a name. YAML reads the colon as a part of the alias. */
const ALIAS_AS_NAME = /\*[\w-]+(?=:[ \t]+$)/;

/** A parsed text. The offsets of the events refer to `source`, which has the lines of the given text. */
export interface ParsedYaml {
  readonly source: string;
  readonly events: readonly yaml.Event[];
}

/** A change at one place of a text. */
interface Repair {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Whether the change indents a line further, which is correct only where indentation has no meaning. */
  readonly indents?: true;
}

/**
 * Parses a text and accepts the deviations from YAML that kubectl's reader (`go.yaml.in/yaml/v2`, its `scannerc.go`) accepts: a
 * comment right after a quotation mark or a bracket; unindented lines of a quoted text or a flow collection; a dash as a plain
 * text in a flow collection; the escape `\'`; a colon right after an alias; any text after a flow collection that is the whole
 * document. The text is changed only where the parser stops, so a text without deviations costs nothing.
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

/** Returns the change that lets the parser continue, if it stopped at a deviation that Go accepts. */
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

/** Returns whether an offset is in a quoted text or in a flow collection. */
function isFreelyIndented(source: string, events: readonly yaml.Event[], offset: number): boolean {
  // These characters end or divide a flow collection, and nothing else begins with them.
  if (/^[ \t]*[\]},]/.test(source.slice(offset, offset + INDENTATION.length))) return true;
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

function isQuoted({ style }: yaml.ScalarEvent): boolean {
  return style === yaml.SCALAR_STYLE.SINGLE_QUOTED || style === yaml.SCALAR_STYLE.DOUBLE_QUOTED;
}
