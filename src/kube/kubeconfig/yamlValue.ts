import * as yaml from 'js-yaml';
import { plainScalar, quotedScalar } from './goScalar.ts';
import { YamlError } from './yamlError.ts';

const MERGE_TAG = 'tag:yaml.org,2002:merge';
const TAG_HANDLES: Readonly<Record<string, string>> = { '!': '!', '!!': 'tag:yaml.org,2002:' };

/** A list, mapping or document that has not ended yet. */
interface Open {
  readonly type: 'document' | 'list' | 'mapping';
  readonly isFlow: boolean;
  readonly anchor: string;
  readonly start: number;
  readonly items: unknown[];
  readonly members: Map<string, unknown>;
  /** In a mapping: the last name, if its value has not been read yet. Undefined if the next value is a name. */
  name: string | typeof MERGE | undefined;
}

/**
 * The {@link Open.name} of a mapping after `<<`, until the value of `<<` has been read. This value is not a member of
 * the mapping. Instead, its own members are merged into the mapping.
 */
const MERGE = Symbol('merge');

/**
 * Returns the value of a document, as kubectl's parser does. If two members have the same name, the later member is
 * used, even if the later member was merged with `<<`. Unknown tags are ignored. Returns undefined if there is no
 * document.
 * @throws YamlError
 */
export function constructValue(source: string, events: readonly yaml.Event[]): unknown {
  return new Construction(source).run(events);
}

class Construction {
  readonly #source: string;
  readonly #anchors = new Map<string, unknown>();
  readonly #open: Open[] = [];
  #handles: Readonly<Record<string, string>> = TAG_HANDLES;

  constructor(source: string) {
    this.#source = source;
  }

  run(events: readonly yaml.Event[]): unknown {
    for (const event of events) {
      switch (event.type) {
        case yaml.EVENT_ID.DOCUMENT:
          this.#begin(event.directives);
          break;
        case yaml.EVENT_ID.SEQUENCE:
          this.#push('list', event);
          break;
        case yaml.EVENT_ID.MAPPING:
          this.#push('mapping', event);
          break;
        case yaml.EVENT_ID.SCALAR:
          this.#scalar(event);
          break;
        case yaml.EVENT_ID.ALIAS:
          this.#alias(event);
          break;
        case yaml.EVENT_ID.POP: {
          const closed = this.#open.pop();
          if (closed?.type === 'document') return closed.items[0];
          if (closed !== undefined) this.#close(closed);
        }
      }
    }
    return undefined;
  }

  #begin(directives: yaml.DocumentEvent['directives']): void {
    for (const directive of directives) {
      if (directive.kind === 'tag') {
        this.#handles = { ...this.#handles, [directive.handle]: directive.prefix };
      } else if (directive.version !== '1.1') {
        throw new YamlError('only YAML 1.1 is supported', 1);
      }
    }
    this.#open.push(opened('document', false, '', 0));
  }

  #push(type: Open['type'], event: yaml.SequenceEvent | yaml.MappingEvent): void {
    this.#tagOf(event);
    const isFlow = event.style === yaml.COLLECTION_STYLE.FLOW;
    this.#open.push(opened(type, isFlow, this.#anchorOf(event), event.start));
  }

  #scalar(event: yaml.ScalarEvent): void {
    const text = yaml.getScalarValue(this.#source, event);
    const tag = this.#tagOf(event);
    const isPlain = event.style === yaml.SCALAR_STYLE.PLAIN;
    const parent = this.#open.at(-1);
    const isName = parent?.type === 'mapping' && parent.name === undefined;
    if (isName && text === '<<' && (tag === MERGE_TAG || (isPlain && tag === ''))) {
      parent.name = MERGE;
      return;
    }
    if (isName && isNoSimpleKey(this.#source, event)) {
      throw this.#error('a key is longer than 1,024 characters or has more than one line', event.valueStart);
    }
    this.#checkScalar(event, parent?.isFlow === true);
    const value = this.#resolve(text, tag, isPlain, event.valueStart);
    const anchor = this.#anchorOf(event);
    if (anchor !== '') this.#anchors.set(anchor, value);
    this.#add(value, event.valueStart);
  }

  /** Throws for scalars that YAML allows but kubectl's parser rejects. */
  #checkScalar({ style, valueStart, valueEnd }: yaml.ScalarEvent, isInFlow: boolean): void {
    const text = this.#source.slice(valueStart, valueEnd);
    if (style === yaml.SCALAR_STYLE.PLAIN && isInFlow && text.includes('?', 1)) {
      throw this.#error('put a question mark in quotation marks', valueStart);
    }
    if (style !== yaml.SCALAR_STYLE.DOUBLE_QUOTED || !text.includes('\\')) return;
    const isKnown = [...text.matchAll(ESCAPE)].every(([written]) => isEscape(written));
    if (!isKnown) throw this.#error('unknown escape sequence', valueStart);
  }

  #resolve(text: string, tag: string, isPlain: boolean, position: number): unknown {
    let value: unknown;
    try {
      value = isPlain ? plainScalar(text, tag) : quotedScalar(text, tag);
    } catch (error) {
      throw this.#error(`a value ${(error as Error).message}`, position);
    }
    // Rejects infinite numbers and NaN, because kubectl converts YAML to JSON, which has neither.
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    throw this.#error('a number cannot be infinite or NaN', position);
  }

  #alias(event: yaml.AliasEvent): void {
    const name = this.#source.slice(event.anchorStart, event.anchorEnd);
    if (!this.#anchors.has(name))
      throw this.#error('an alias refers to an unknown anchor', event.anchorStart);
    this.#add(this.#anchors.get(name), event.anchorStart);
  }

  #close(closed: Open): void {
    const value = closed.type === 'list' ? closed.items : Object.fromEntries(closed.members);
    if (closed.anchor !== '') this.#anchors.set(closed.anchor, value);
    this.#add(value, closed.start);
  }

  #add(value: unknown, position: number): void {
    const parent = this.#open.at(-1);
    if (parent === undefined) return;
    if (parent.type !== 'mapping') {
      parent.items.push(value);
    } else if (parent.name === undefined) {
      parent.name = this.#nameFrom(value, position);
    } else {
      if (parent.name === MERGE) this.#merge(parent.members, value, position);
      else parent.members.set(parent.name, value);
      parent.name = undefined;
    }
  }

  #nameFrom(value: unknown, position: number): string {
    if (value !== null && typeof value !== 'object') return String(value);
    throw this.#error('a mapping key must be a string', position);
  }

  /**
   * Merges one mapping, or each mapping of a list, into a mapping. A later merged member replaces an earlier one of the
   * same name. The first mapping of a list must have precedence, so it is merged last.
   */
  #merge(into: Map<string, unknown>, value: unknown, position: number): void {
    const sources = Array.isArray(value) ? value.toReversed() : [value];
    for (const source of sources) {
      if (!isMapping(source)) throw this.#error('only mappings can be merged', position);
      for (const [name, member] of Object.entries(source)) into.set(name, member);
    }
  }

  #anchorOf({
    anchorStart,
    anchorEnd,
  }: {
    readonly anchorStart: number;
    readonly anchorEnd: number;
  }): string {
    if (anchorStart < 0) return '';
    const name = this.#source.slice(anchorStart, anchorEnd);
    if (!/^[\w-]+$/.test(name))
      throw this.#error('an anchor name contains an invalid character', anchorStart);
    return name;
  }

  /** Returns the full name of a value's tag, or an empty text if the value has no tag. */
  #tagOf({ tagStart, tagEnd }: { readonly tagStart: number; readonly tagEnd: number }): string {
    if (tagStart < 0) return '';
    const text = this.#source.slice(tagStart, tagEnd);
    const isSeparate = /^[\s\0]?$/.test(this.#source.charAt(tagEnd));
    if (!TAG.test(text) || !isSeparate) throw this.#error('a tag contains an invalid character', tagStart);
    if (text.startsWith('!<')) return text.slice(2, -1);
    const [handle = ''] = /^!([\w-]*!)?/.exec(text) ?? [];
    const prefix = this.#handles[handle];
    if (prefix === undefined) throw this.#error('a tag handle is not declared', tagStart);
    return prefix + text.slice(handle.length);
  }

  #error(reason: string, position: number): YamlError {
    return YamlError.at(reason, this.#source, position);
  }
}

/** A tag: an exclamation mark and the characters of URIs (YAML 1.1, section 5.6). */
const TAG = /^![\w;/?:@&=+$.!~*'()%,[\]<>-]*$/;
const ESCAPE = /\\(?:u[\da-fA-F]{4}|U[\da-fA-F]{8}|.)/gs;

/**
 * Returns true if kubectl's parser accepts an escape sequence. The parser rejects JSON's `\/` and halves of surrogate
 * pairs.
 */
function isEscape(written: string): boolean {
  if (!/^\\[uU]/.test(written)) return written !== '\\/';
  const code = Number.parseInt(written.slice(2), 16);
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

/**
 * The most characters from the beginning of a name to its colon. A longer name needs a question mark before it (YAML
 * 1.1, section 9.2).
 */
const MAX_SIMPLE_KEY = 1024;

const COLON = /["']?\s*:/y;

/**
 * Returns true if kubectl's parser rejects a scalar as the name of a member. It rejects long names and names with
 * several lines, unless a question mark precedes the name.
 */
function isNoSimpleKey(source: string, event: yaml.ScalarEvent): boolean {
  COLON.lastIndex = event.valueEnd;
  if (event.valueStart < 0 || !COLON.test(source)) return false;
  const isInQuotes = event.style !== yaml.SCALAR_STYLE.PLAIN;
  const starts = [event.anchorStart - 1, event.tagStart, event.valueStart - (isInQuotes ? 1 : 0)];
  const start = Math.min(...starts.filter((offset) => offset >= 0));
  const name = source.slice(start, COLON.lastIndex - 1);
  const isLong = name.length > MAX_SIMPLE_KEY && [...name].length > MAX_SIMPLE_KEY;
  if (!isLong && !/[\r\n]/.test(name)) return false;
  return !/\?[ \t]+$/.test(source.slice(Math.max(0, start - 64), start));
}

/** Returns true if a value of a document is a mapping. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function opened(type: Open['type'], isFlow: boolean, anchor: string, start: number): Open {
  return { type, isFlow, anchor, start, items: [], members: new Map(), name: undefined };
}
