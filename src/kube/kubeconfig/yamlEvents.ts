import * as yaml from 'js-yaml';

/** How much is parsed again in all, in characters. A kubeconfig has these oddities in a line or two, if at all. */
const MAX_PARSED_AGAIN = 1024 * 1024;
/** More than any list within lists within mappings asks for. */
const INDENTATION = ' '.repeat(256);
/** As deep as `go.yaml.in/yaml/v2` goes. */
const MAX_DEPTH = 10_000;
/** What may stand before a document's value. */
const LEADING = /^(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n])|---[ \t]+)*[ \t]*/;
/** Behind these Go's scanner takes a `#` for a comment. YAML wants a space between. */
const BEFORE_COMMENT = /["'\]}[{,:|>+\-\d]/;
/** An alias as a name. YAML takes the colon for a part of the alias. */
const ALIAS_AS_NAME = /\*[\w-]+(?=:[ \t]+$)/;

/** A parsed text. The events' offsets are those of `source`, which has the lines of the text that was given. */
export interface ParsedYaml {
  readonly source: string;
  readonly events: readonly yaml.Event[];
}

/** A change of one place in a text. */
interface Repair {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Whether a line is indented further, which is right only where indentation means nothing. */
  readonly indents?: true;
}

/**
 * Parses a text and takes what kubectl's reader (`go.yaml.in/yaml/v2`, its `scannerc.go`) takes besides YAML: a comment right behind a
 * quotation mark or a bracket; lines of a quoted text or a flow collection that are not indented; a dash as a plain text in a flow
 * collection; the escape `\'`; a colon right behind an alias; anything behind a flow
 * collection that is the whole document. The text is changed where the parser stops, so all others cost nothing.
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

/** The change that lets the parser go on, if it stopped at something that Go takes. */
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

/** Whether an offset lies in a quoted text or in a flow collection. */
function isFreelyIndented(source: string, events: readonly yaml.Event[], offset: number): boolean {
  // Nothing else can begin with what ends or divides a flow collection.
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
