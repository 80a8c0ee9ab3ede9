import { isSensitiveName } from '../redaction.ts';
import { contentOf } from './jsonStrings.ts';
import { isHarmless, mayCount } from './values.ts';

/** A value in JSON, or the name of a member. */
export interface JsonValue {
  readonly start: number;
  /** The index after the value. If the text ends before the value does, the length of the text. */
  end: number;
  readonly kind: 'name' | 'string' | 'other';
  /**
   * The object of which this value is a member. Undefined for the names of members, for items of arrays, and for a
   * value that is the whole text.
   */
  readonly object?: JsonObject;
  /** The name of the member. */
  readonly name?: string;
}

/** The values that were found in a text of JSON. */
interface JsonText {
  /** All values and all names of members, in the order of the text. */
  readonly values: readonly JsonValue[];
  /** Whether the text ends within an object or array. */
  readonly isTruncated: boolean;
  /** Whether the text contains several values, as lines of JSON do. */
  readonly isSequence: boolean;
}

/** What is known about an object. All members of the same object refer to the same `JsonObject`. */
interface JsonObject {
  /** The sensitive name that another member gives to the member `value`, as in `{"name":"PASSWORD","value":"…"}`. */
  nameOfValue?: string;
}

/** An object or array whose end has not been read. */
interface Container {
  readonly object: JsonObject | undefined;
  readonly value: JsonValue;
  /** The name of the member whose value follows. */
  name?: string;
}

type Expected = 'value' | 'name' | 'colon' | 'end';

/** Matches a punctuation character, a string whose end may be missing, or a number or word. */
const TOKEN = /([ \t\r\n]*)([{}[\],:]|"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*(?:"|\\?$)|[\w.+-]+)/y;
const SPACE_TO_END = /[ \t\r\n]*$/y;
/** Matches texts that begin like an object, an array or a string. Numbers and words contain nothing to redact. */
const BEGINNING = /^[ \t\r\n]*["{[]/;
/**
 * In `{"name":"PASSWORD","value":"…"}`, the member `name` says what the member `value` contains. Matches the names of
 * such members: `name` and `key`, as for variables, and `path`, as in a JSON patch (RFC 6902). The name may have a
 * prefix, as in `@name` and `setting-name`.
 */
const NAMING = /\b(?:name|key|path)$/i;
const VALUE = /\bvalue$/i;

/**
 * Reads a text that consists of one or more JSON values and may be truncated anywhere. Returns undefined if the text is
 * not JSON. Accepts some texts that are only similar to JSON, such as `[1,]`.
 */
export function readJsonText(text: string): JsonText | undefined {
  if (!BEGINNING.test(text)) return undefined;
  const reader = new JsonReader(text);
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const [, space = '', token] = TOKEN.exec(text) ?? [];
    if (token === undefined) break;
    // On one line, only objects and arrays may follow another value. Numbers, words and strings may not, because lines
    // of other formats look the same.
    const mayFollow = space.includes('\n') || token === '{' || token === '[';
    if (reader.isBetweenValues && !mayFollow) return undefined;
    at = TOKEN.lastIndex;
    if (!reader.accept(token, at - token.length)) return undefined;
  }
  return isOnlySpace(text, at) ? reader : undefined;
}

/**
 * Reads the object or array that begins at an index of a text. Returns the index after the object or array. If the text
 * is not JSON, returns the index at which the text stops being JSON.
 */
export function readContainer(text: string, start: number): { end: number; isJson: boolean } {
  const reader = new JsonReader(text);
  let end = start;
  do {
    TOKEN.lastIndex = end;
    const token = TOKEN.exec(text)?.[2];
    if (token === undefined) return { end, isJson: isOnlySpace(text, end) };
    end = TOKEN.lastIndex;
    if (!reader.accept(token, end - token.length)) return { end, isJson: false };
  } while (reader.isTruncated);
  return { end, isJson: true };
}

function isOnlySpace(text: string, start: number): boolean {
  SPACE_TO_END.lastIndex = start;
  return SPACE_TO_END.test(text);
}

/**
 * Returns whether the value is probably a secret, because its name suggests so. Its name is the name of the member. For
 * a member `value`, also checks the name that another member of the object gives, as in
 * `{"name":"PASSWORD","value":"…"}`.
 */
export function isSecret(text: string, { object, name = '', start, end }: JsonValue): boolean {
  if (object === undefined) return false;
  const names = VALUE.test(name) ? [name, object.nameOfValue ?? ''] : [name];
  return names.some((each) => isSensitiveName(each) && !isHarmless(each, text.slice(start, end)));
}

class JsonReader implements JsonText {
  readonly values: JsonValue[] = [];
  readonly #text: string;
  readonly #containers: Container[] = [];
  #expected: Expected = 'value';
  /** The number of values that are not in an object or array. */
  #outerValues = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isTruncated(): boolean {
    return this.#containers.length > 0;
  }

  get isSequence(): boolean {
    return this.#outerValues > 1;
  }

  get isBetweenValues(): boolean {
    return this.#containers.length === 0 && this.values.length > 0;
  }

  /** Reads the next token. Returns false if the text is not JSON. */
  accept(token: string, start: number): boolean {
    const container = this.#containers.at(-1);
    const end = start + token.length;
    switch (token) {
      case ',':
        if (this.#expected !== 'end') return false;
        this.#expected = container?.object === undefined ? 'value' : 'name';
        return true;
      case ':':
        if (this.#expected !== 'colon') return false;
        this.#expected = 'value';
        return true;
      case '}':
      case ']':
        return this.#close(token, end);
      case '{':
      case '[': {
        if (this.#expected !== 'value') return false;
        const value = this.#begin(start, this.#text.length, 'other');
        this.#containers.push({ object: token === '{' ? {} : undefined, value });
        this.#expected = token === '{' ? 'name' : 'value';
        return true;
      }
      default:
        return this.#expected === 'name' ? this.#readName(token, start) : this.#readScalar(token, start);
    }
  }

  #close(token: string, end: number): boolean {
    const container = this.#containers.pop();
    if (container === undefined || this.#expected === 'colon') return false;
    const isObject = container.object !== undefined;
    // A name without a value, as in `{"a":}`, is not valid either.
    const isInMember = isObject && this.#expected === 'value';
    if (isObject !== (token === '}') || isInMember) return false;
    container.value.end = end;
    this.#expectNext();
    return true;
  }

  #readName(token: string, start: number): boolean {
    const container = this.#containers.at(-1);
    if (container === undefined || !token.startsWith('"')) return false;
    container.name = contentOf(token);
    this.values.push({ start, end: start + token.length, kind: 'name' });
    this.#expected = 'colon';
    return true;
  }

  #readScalar(token: string, start: number): boolean {
    if (this.#expected !== 'value') return false;
    const isString = token.startsWith('"');
    const { object, name = '' } = this.#begin(start, start + token.length, isString ? 'string' : 'other');
    if (object !== undefined && NAMING.test(name)) {
      const given = isString ? contentOf(token) : token;
      const isBetter = object.nameOfValue === undefined || mayCount(object.nameOfValue);
      if (isBetter && isSensitiveName(given)) object.nameOfValue = given;
    }
    this.#expectNext();
    return true;
  }

  #begin(start: number, end: number, kind: JsonValue['kind']): JsonValue {
    if (this.#containers.length === 0) this.#outerValues++;
    const { object, name } = this.#containers.at(-1) ?? {};
    const value: JsonValue = { start, end, kind, ...(object && { object, name: name ?? '' }) };
    this.values.push(value);
    return value;
  }

  #expectNext(): void {
    this.#expected = this.#containers.length === 0 ? 'value' : 'end';
  }
}
