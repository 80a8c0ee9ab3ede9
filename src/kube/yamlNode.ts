// As a namespace: the linter looks at the types of js-yaml 4, which client-node brings along, and misses the names.
import * as yaml from 'js-yaml';
import { layOut, type YamlLayout } from './yamlLayout.ts';
import { findExcessiveAlias } from './yamlWeight.ts';

// Numbers and dates stay the text that they are: a token 0123 or a name 1e3 must not come out as something else.
const SCHEMA = yaml.FAILSAFE_SCHEMA.withTags(yaml.nullCoreTag, yaml.boolCoreTag, yaml.mergeTag);

/** What is wrong with a YAML text, and where. Carries nothing of the text itself, which may hold credentials. */
export class YamlError extends Error {
  /** Counted from 1. */
  readonly line: number;

  constructor(reason: string, line: number) {
    super(reason);
    this.name = 'YamlError';
    this.line = line;
  }
}

interface Place {
  readonly lineStarts: readonly number[];
  /** Undefined where the value is missing, or merged from elsewhere. */
  readonly layout: YamlLayout | undefined;
  /** Offset of the value, or of the nearest that should hold it. */
  readonly position: number;
}

/**
 * A value in a YAML document that knows its place, so that a wrong shape can be told by field and line.
 * All reading methods throw {@link YamlError} where the value is of another kind than asked for.
 */
export class YamlNode {
  readonly #value: unknown;
  readonly #path: readonly (string | number)[];
  readonly #place: Place;

  private constructor(value: unknown, path: readonly (string | number)[], place: Place) {
    this.#value = value;
    this.#path = path;
    this.#place = place;
  }

  /** Parses a text's first document. An empty text is one without a value. */
  static parse(source: string): YamlNode {
    try {
      const events = yaml.parseEvents(source, {});
      const alias = findExcessiveAlias(source, events);
      if (alias !== undefined) throw new YamlError('its aliases expand without end', lineAt(source, alias));
      const [value] = yaml.constructFromEvents(events, { source, schema: SCHEMA });
      const layout = layOut(source, events);
      return new YamlNode(value, [], { lineStarts: lineStarts(source), layout, position: layout.position });
    } catch (error) {
      // The exception holds the whole text: it must not become a cause.
      if (error instanceof yaml.YAMLException) throw new YamlError(error.reason, (error.mark?.line ?? 0) + 1);
      // Lists within lists, some thousands deep.
      if (error instanceof RangeError) throw new YamlError('it is nested too deeply', 1);
      throw error;
    }
  }

  get isMissing(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  /** Counted from 1. Where the value is missing, the line of what should hold it. */
  get line(): number {
    const { lineStarts, position } = this.#place;
    let [first, last] = [0, lineStarts.length];
    while (last - first > 1) {
      const middle = (first + last) >> 1;
      if ((lineStarts[middle] ?? 0) <= position) first = middle;
      else last = middle;
    }
    return first + 1;
  }

  /** The member of that name, whether it is there or not. */
  member(name: string): YamlNode {
    if (this.isMissing) return this.#at(undefined, name);
    if (typeof this.#value !== 'object' || Array.isArray(this.#value)) throw this.error('must be a mapping');
    const members = this.#value as Record<string, unknown>;
    return this.#at(Object.hasOwn(members, name) ? members[name] : undefined, name);
  }

  /** The names of a mapping's members. */
  names(): string[] {
    if (this.isMissing) return [];
    if (typeof this.#value !== 'object' || Array.isArray(this.#value)) throw this.error('must be a mapping');
    return Object.keys(this.#value as object);
  }

  items(): YamlNode[] {
    if (this.isMissing) return [];
    if (!Array.isArray(this.#value)) throw this.error('must be a list');
    return this.#value.map((item, index) => this.#at(item, index));
  }

  /** A text; undefined where it is missing or empty, as Kubernetes' own types have it. */
  text(): string | undefined {
    if (this.isMissing || this.#value === '') return undefined;
    if (typeof this.#value === 'boolean') return String(this.#value);
    if (typeof this.#value !== 'string') throw this.error('must be a text');
    return this.#value;
  }

  texts(): string[] {
    return this.items().map((item) => item.text() ?? '');
  }

  flag(): boolean {
    if (this.isMissing) return false;
    if (typeof this.#value !== 'boolean') throw this.error('must be true or false');
    return this.#value;
  }

  /** The value as plain data, for what is only handed on. */
  raw(): unknown {
    return this.#value;
  }

  /** The error to throw about this value: names its field. */
  error(reason: string): YamlError {
    const field = this.#path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
    return new YamlError(`${field.replace(/^\./, '') || 'the document'} ${reason}`, this.line);
  }

  #at(value: unknown, part: string | number): YamlNode {
    const { lineStarts, position } = this.#place;
    const layout = this.#place.layout?.children.get(part);
    return new YamlNode(value, [...this.#path, part], {
      lineStarts,
      layout,
      position: layout?.position ?? position,
    });
  }
}

/** Counted from 1. */
function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}

/** Offsets at which the lines of a text start. */
function lineStarts(source: string): number[] {
  const starts = [0];
  for (let end = source.indexOf('\n'); end !== -1; end = source.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}
