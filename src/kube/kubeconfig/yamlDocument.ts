// Imports the whole namespace of js-yaml, because the linter rejects named imports. The linter looks for the names in
// js-yaml 4, which client-node uses, although this file imports a later version.
import * as yaml from 'js-yaml';
import { YamlError } from './yamlError.ts';
import { parseYamlEvents } from './yamlEvents.ts';
import { layOut, type YamlLayout } from './yamlLayout.ts';
import { constructValue } from './yamlValue.ts';
import { findExcessiveAlias } from './yamlWeight.ts';

/** Characters that YAML 1.1 does not allow (section 5.1, `c-printable`). */
const NOT_ALLOWED = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The rare characters that YAML 1.1 counts as line breaks: next line, line separator, paragraph separator. */
const RARE_BREAKS = /[\x85\u2028\u2029]/g;
const UNKNOWN_DIRECTIVE = /^%(?!(YAML|TAG)[ \t])/m;

/** The path of a value in a document: names of members and numbers of items, such as `['users', 0, 'name']`. */
export type YamlPath = readonly (string | number)[];

/** A parsed YAML document, with the line of each value for error messages. */
export class YamlDocument {
  readonly value: unknown;
  readonly #source: string;
  readonly #layout: YamlLayout;
  #lineStarts: readonly number[] | undefined;

  private constructor(value: unknown, source: string, layout: YamlLayout) {
    this.value = value;
    this.#source = source;
    this.#layout = layout;
  }

  /**
   * Parses the first document of a text and ignores all later documents, as kubectl does. If the text is empty, `value`
   * is undefined.
   * @throws YamlError
   */
  static parse(text: string): YamlDocument {
    const first = firstDocument(text.replace(RARE_BREAKS, '\n'));
    const control = first.search(NOT_ALLOWED);
    if (control >= 0) throw YamlError.at('a control character is not allowed', first, control);
    const directive = directivesOf(first).search(UNKNOWN_DIRECTIVE);
    if (directive >= 0) throw YamlError.at('unknown directive', first, directive);
    try {
      const { source, events } = parseYamlEvents(first);
      const alias = findExcessiveAlias(source, events);
      if (alias !== undefined) throw YamlError.at('the aliases expand to too much data', source, alias);
      return new YamlDocument(constructValue(source, events), source, layOut(source, events));
    } catch (error) {
      // The exception must not become the `cause` of the new error, because it contains the whole text with its
      // credentials.
      if (error instanceof yaml.YAMLException) throw new YamlError(error.reason, (error.mark?.line ?? 0) + 1);
      // js-yaml calls itself for each level of nesting, so a few thousand nested lists overflow the call stack.
      if (error instanceof RangeError) throw new YamlError('the document is nested too deeply', 1);
      throw error;
    }
  }

  /** The line of a value, counted from 1. For a missing value, the line of its parent. */
  lineOf(path: YamlPath): number {
    let layout = this.#layout;
    for (const part of path) {
      const child = layout.children.get(part);
      if (child === undefined) break;
      layout = child;
    }
    this.#lineStarts ??= startsOfLines(this.#source);
    const { position } = layout;
    let [first, last] = [0, this.#lineStarts.length];
    while (last - first > 1) {
      const middle = (first + last) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= position) first = middle;
      else last = middle;
    }
    return first + 1;
  }

  /** Creates an error about a value. Its message begins with the path of the value: `users[0].name`. */
  error(path: YamlPath, reason: string): YamlError {
    const field = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
    return new YamlError(`${field.replace(/^\./, '') || 'the document'} ${reason}`, this.lineOf(path));
  }
}

/**
 * Returns the text before the `---` of a document. Only this text can contain directives, such as `%YAML 1.1`. Returns
 * an empty text if there is no `---`.
 */
function directivesOf(text: string): string {
  return text.slice(0, Math.max(0, text.search(/^---(?=[ \t\r\n]|$)/m)));
}

/**
 * Returns the first document of a text. The document ends before a line with `...`, or before a line with `---` or `%`
 * that follows content (YAML 1.1, section 4.3.1).
 */
function firstDocument(text: string): string {
  const marker = /^(---|\.\.\.)(?=[ \t\r\n]|$)|^%/gm;
  for (let match = marker.exec(text); match !== null; match = marker.exec(text)) {
    const before = text.slice(0, match.index);
    // A `---` or `%` belongs to the first document if only comments and directives precede it.
    const isBeginning = match[1] !== '...' && !/^[ \t]*[^\s#%]/m.test(before);
    if (!isBeginning) return before;
  }
  return text;
}

/** Returns the offset at which each line of a text begins. */
function startsOfLines(text: string): number[] {
  return [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map(({ 0: end, index }) => index + end.length)];
}
