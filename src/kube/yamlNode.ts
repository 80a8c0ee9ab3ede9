// As a namespace: the linter looks at the types of js-yaml 4, which client-node brings along, and misses the names.
import * as yaml from 'js-yaml';

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

/**
 * A value in a YAML document that knows its place, so that a wrong shape can be told by field and line.
 * All reading methods throw {@link YamlError} where the value is of another kind than asked for.
 */
export class YamlNode {
  readonly #source: string;
  readonly #events: readonly yaml.Event[];
  readonly #value: unknown;
  readonly #path: readonly (string | number)[];

  private constructor(
    source: string,
    events: readonly yaml.Event[],
    value: unknown,
    path: readonly (string | number)[],
  ) {
    this.#source = source;
    this.#events = events;
    this.#value = value;
    this.#path = path;
  }

  /** Parses a text's first document. An empty text is one without a value. */
  static parse(source: string): YamlNode {
    try {
      const events = yaml.parseEvents(source, {});
      const [value] = yaml.constructFromEvents(events, { source, schema: SCHEMA });
      return new YamlNode(source, events, value, []);
    } catch (error) {
      // The exception holds the whole text: it must not become a cause.
      if (error instanceof yaml.YAMLException) throw new YamlError(error.reason, (error.mark?.line ?? 0) + 1);
      throw error;
    }
  }

  get isMissing(): boolean {
    return this.#value === undefined || this.#value === null;
  }

  /** Counted from 1. Where the value is missing, the line of what should hold it. */
  get line(): number {
    const position = positionOf(this.#source, this.#events, this.#path);
    return this.#source.slice(0, position).split('\n').length;
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
    return new YamlNode(this.#source, this.#events, value, [...this.#path, part]);
  }
}

/** The offset of the value at `path`, or of its nearest ancestor that exists. */
function positionOf(
  source: string,
  events: readonly yaml.Event[],
  path: readonly (string | number)[],
): number {
  // The first event opens the document.
  let index = 1;
  let position = startOf(events[index]) ?? 0;
  for (const part of path) {
    const child = childIndex(source, events, index, part);
    if (child === undefined) break;
    index = child;
    position = startOf(events[index]) ?? position;
  }
  return position;
}

function childIndex(
  source: string,
  events: readonly yaml.Event[],
  parent: number,
  part: string | number,
): number | undefined {
  const isMapping = events[parent]?.type === yaml.EVENT_ID.MAPPING;
  if (!isMapping && events[parent]?.type !== yaml.EVENT_ID.SEQUENCE) return undefined;
  let index = parent + 1;
  for (let count = 0; index < events.length && events[index]?.type !== yaml.EVENT_ID.POP; count++) {
    const key = events[index];
    const valueIndex = isMapping ? nextSibling(events, index) : index;
    if (
      isMapping
        ? key?.type === yaml.EVENT_ID.SCALAR && yaml.getScalarValue(source, key) === part
        : count === part
    ) {
      return valueIndex;
    }
    index = nextSibling(events, valueIndex);
  }
  return undefined;
}

function nextSibling(events: readonly yaml.Event[], index: number): number {
  let depth = 0;
  for (let next = index; next < events.length; next++) {
    const type = events[next]?.type;
    if (type === yaml.EVENT_ID.MAPPING || type === yaml.EVENT_ID.SEQUENCE) depth += 1;
    else if (type === yaml.EVENT_ID.POP) depth -= 1;
    if (depth === 0) return next + 1;
  }
  return events.length;
}

function startOf(event: yaml.Event | undefined): number | undefined {
  switch (event?.type) {
    case yaml.EVENT_ID.MAPPING:
    case yaml.EVENT_ID.SEQUENCE:
      return event.start;
    case yaml.EVENT_ID.SCALAR:
      return event.valueStart;
    case yaml.EVENT_ID.ALIAS:
      return event.anchorStart;
    default:
      return undefined;
  }
}
