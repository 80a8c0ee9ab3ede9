import {
  BACKSLASH,
  beginsBoolean,
  beginsNumber,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endsLiteral,
  isSpace,
  NULL,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './jsonBytes.ts';
import { JsonError, malformed } from './jsonError.ts';
import { KeptJson } from './keptJson.ts';
import { MemberName } from './memberName.ts';
import { type ArrayNode, BOOLEAN, NUMBER, type ScalarNode, type ShapeNode, TEXT } from './shape.ts';
import { Skipper } from './skipper.ts';

/**
 * How deep objects and arrays may be nested. A deeper text is rejected with `tooDeep`, so that a hostile server cannot
 * fill the memory. Objects of the Kubernetes API have about 20 levels.
 */
const DEPTH_LIMIT = 128;
/**
 * The most bytes that a number may have. A longer number counts as missing. No field of the Kubernetes API has a number
 * of this length.
 */
const LITERAL_LIMIT = 32;

/**
 * The number of quotation marks around a JSON string. The scanner counts them when it measures a string, but the limit
 * {@link ScalarNode.maxBytes} does not include them. Therefore the scanner adds this number to the limit.
 */
const QUOTES = 2;

/** The states of the scanner. A state says where in the JSON the next byte is. */
const BEFORE_VALUE = 0;
const BEFORE_FIRST_ELEMENT = 1;
const BEFORE_FIRST_NAME = 2;
const BEFORE_NAME = 3;
const IN_NAME = 4;
const BEFORE_COLON = 5;
const AFTER_VALUE = 6;
const IN_TEXT = 7;
const IN_LITERAL = 8;
const SKIPPING = 9;
const AFTER_END = 10;

/**
 * An object or array that the shape describes and whose end has not been read yet. Nested objects and arrays form a
 * stack of frames.
 */
interface Frame {
  readonly node: Exclude<ShapeNode, ScalarNode>;
  /**
   * The offset in {@link KeptJson} at which the current member or element begins, including the comma before it. If the
   * value does not have its shape, the scanner removes everything from this offset on.
   */
  memberStart: number;
  /** The {@link FieldNode.requiredBit} of the current member: 0 if the member is not required. */
  memberBit: number;
  hasMembers: boolean;
  /**
   * The sum of the {@link FieldNode.requiredBit}s of the fields that have been read so far. At the end of the object,
   * this sum shows whether a required field is missing. If so, the object does not have its shape.
   */
  seenBits: number;
}

export interface ScannerOptions {
  /** The shape of each value at the top level. */
  readonly shape: ShapeNode;
  /**
   * The largest size of a value for {@link onValue} or of an element for {@link onElement}, in bytes of JSON. Counts
   * only the parts that the shape describes. If the size is larger, the callback gets undefined instead.
   */
  readonly maxKeptBytes: number;
  /** True if the text is a sequence of values, such as the events of a watch. False if it is a single value. */
  readonly isSequence: boolean;
  /**
   * Called with each value at the top level, as soon as the value is complete. `value` is undefined if the JSON does
   * not have the shape or is larger than {@link maxKeptBytes}.
   */
  readonly onValue: (value: unknown, keptBytes: number) => void;
  /**
   * Called with each element of an array whose shape is `elements()`, as soon as the element is complete. The value
   * that {@link onValue} gets contains this array without elements. `element` is undefined if the JSON does not have
   * the shape or is larger than {@link maxKeptBytes}.
   */
  readonly onElement: (element: unknown, keptBytes: number) => void;
}

/**
 * Parses JSON that arrives in pieces. Creates values only for the parts that a shape names, and checks the types of
 * these parts. Skips all other parts, which are most of a cluster's answers, without creating values for them.
 */
export class JsonScanner {
  readonly #options: ScannerOptions;
  readonly #kept: KeptJson;
  readonly #skipper = new Skipper(DEPTH_LIMIT);
  readonly #frames: Frame[] = [];
  readonly #name = new MemberName();
  #state = BEFORE_VALUE;
  /** The shape of the next value. Undefined if the next value must be skipped. */
  #expected: ShapeNode | undefined;
  #valueStart = 0;
  #isEscaped = false;

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#kept = new KeptJson(options.maxKeptBytes);
    this.#expected = options.shape;
  }

  /**
   * Reads the next piece of the text.
   * @throws JsonError `malformed`, `tooDeep`
   */
  write(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) at = this.#step(bytes, at);
  }

  /**
   * Must be called after the last piece of the text. A number at the top level is complete only then, because the next
   * piece could have begun with another digit.
   * @throws JsonError `unfinished` if the text is incomplete
   */
  end(): void {
    if (this.#frames.length === 0) {
      // A number, `true`, `false` or `null` at the top level has no closing byte. It ends where the text ends.
      if (this.#state === IN_LITERAL) this.#endLiteral();
      if (this.#state === SKIPPING && this.#skipper.isLiteral) this.#endValue(false);
    }
    const { isSequence } = this.#options;
    if (this.#frames.length > 0 || this.#state !== (isSequence ? BEFORE_VALUE : AFTER_END)) {
      throw new JsonError('unfinished', 'ends too early');
    }
  }

  /** Reads bytes as the current state requires. Returns the position of the first byte that was not read. */
  #step(bytes: Uint8Array, start: number): number {
    switch (this.#state) {
      case IN_TEXT:
        return this.#readText(bytes, start);
      case IN_LITERAL:
        return this.#readLiteral(bytes, start);
      case IN_NAME: {
        const end = this.#name.read(bytes, start);
        if (this.#name.isComplete) this.#state = BEFORE_COLON;
        return end;
      }
      case SKIPPING: {
        const end = this.#skipper.skip(bytes, start);
        if (this.#skipper.isDone) this.#endValue(false);
        return end;
      }
      default:
        return this.#readPunctuation(bytes, start);
    }
  }

  #readPunctuation(bytes: Uint8Array, start: number): number {
    let at = start;
    while (at < bytes.length && isSpace(bytes[at] as number)) at++;
    if (at === bytes.length) return at;
    const byte = bytes[at] as number;
    switch (this.#state) {
      case BEFORE_FIRST_ELEMENT:
        if (byte === CLOSE_ARRAY) return this.#close(at);
        this.#beginElement();
        return this.#beginValue(byte, at);
      case BEFORE_VALUE:
        return this.#beginValue(byte, at);
      case BEFORE_FIRST_NAME:
      case BEFORE_NAME:
        if (byte === CLOSE_OBJECT && this.#state === BEFORE_FIRST_NAME) return this.#close(at);
        if (byte !== QUOTE) throw malformed();
        this.#name.begin();
        this.#state = IN_NAME;
        return at + 1;
      case BEFORE_COLON:
        if (byte !== COLON) throw malformed();
        this.#beginMember();
        this.#state = BEFORE_VALUE;
        return at + 1;
      case AFTER_VALUE:
        return this.#afterValue(byte, at);
      default:
        throw malformed();
    }
  }

  #beginValue(byte: number, at: number): number {
    const node = this.#expected;
    if (byte === OPEN_OBJECT && (node?.type === 'object' || node?.type === 'map')) {
      return this.#open(node, byte, BEFORE_FIRST_NAME, at);
    }
    if (byte === OPEN_ARRAY && node?.type === 'array') {
      return this.#open(node, byte, BEFORE_FIRST_ELEMENT, at);
    }
    if (!isScalarOf(node, byte)) {
      this.#skipper.begin(byte, DEPTH_LIMIT - this.#frames.length);
      this.#state = SKIPPING;
      return at + 1;
    }
    this.#valueStart = this.#kept.length;
    this.#kept.put(byte);
    this.#isEscaped = false;
    this.#state = byte === QUOTE ? IN_TEXT : IN_LITERAL;
    return at + 1;
  }

  #open(node: Frame['node'], byte: number, state: number, at: number): number {
    if (this.#frames.length === DEPTH_LIMIT) throw new JsonError('tooDeep', 'nests too deeply');
    this.#kept.put(byte);
    this.#frames.push({ node, memberStart: this.#kept.length, memberBit: 0, hasMembers: false, seenBits: 0 });
    this.#state = state;
    return at + 1;
  }

  #close(at: number): number {
    const { node, seenBits } = this.#frames.pop() as Frame;
    this.#kept.put(node.type === 'array' ? CLOSE_ARRAY : CLOSE_OBJECT);
    this.#endValue(node.type !== 'object' || seenBits === node.requiredBits);
    return at + 1;
  }

  #afterValue(byte: number, at: number): number {
    const frame = this.#frames.at(-1) as Frame;
    const isArray = frame.node.type === 'array';
    if (byte === (isArray ? CLOSE_ARRAY : CLOSE_OBJECT)) return this.#close(at);
    if (byte !== COMMA) throw malformed();
    if (isArray) this.#beginElement();
    this.#state = isArray ? BEFORE_VALUE : BEFORE_NAME;
    return at + 1;
  }

  #beginElement(): void {
    const frame = this.#frames.at(-1) as Frame & { readonly node: ArrayNode };
    frame.memberStart = this.#kept.length;
    if (frame.hasMembers) this.#kept.put(COMMA);
    this.#expected = frame.node.element;
  }

  #beginMember(): void {
    const frame = this.#frames.at(-1) as Frame;
    const { node } = frame;
    frame.memberStart = this.#kept.length;
    frame.memberBit = 0;
    this.#expected = undefined;
    if (node.type === 'object') {
      const field = this.#name.findIn(node.fieldsByLength);
      if (field === undefined) return;
      if (frame.hasMembers) this.#kept.put(COMMA);
      this.#kept.putAll(field.label, 0, field.label.length);
      this.#expected = field.node;
      frame.memberBit = field.requiredBit;
    } else if (node.type === 'map' && !this.#name.isTooLong) {
      if (frame.hasMembers) this.#kept.put(COMMA);
      this.#name.writeTo(this.#kept);
      this.#kept.put(COLON);
      this.#expected = node.value;
    }
  }

  #readText(bytes: Uint8Array, start: number): number {
    let at = start;
    let isEscaped = this.#isEscaped;
    let isComplete = false;
    while (at < bytes.length && !isComplete) {
      const byte = bytes[at++] as number;
      if (isEscaped) isEscaped = false;
      else if (byte === BACKSLASH) isEscaped = true;
      else isComplete = byte === QUOTE;
    }
    this.#isEscaped = isEscaped;
    const node = this.#expected as ScalarNode;
    const isTooLong = this.#kept.length + at - start - this.#valueStart > node.maxBytes + QUOTES;
    if (!isTooLong) this.#kept.putAll(bytes, start, at);
    if (isComplete) this.#endValue(!isTooLong);
    else if (isTooLong) {
      this.#skipper.resumeText(isEscaped);
      this.#state = SKIPPING;
    }
    return at;
  }

  #readLiteral(bytes: Uint8Array, start: number): number {
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (endsLiteral(byte)) {
        this.#endLiteral();
        return at;
      }
      if (this.#kept.length - this.#valueStart === LITERAL_LIMIT) {
        this.#skipper.resumeLiteral();
        this.#state = SKIPPING;
        return at;
      }
      this.#kept.put(byte);
    }
    return bytes.length;
  }

  #endLiteral(): void {
    this.#endValue(isLiteralOf(this.#expected, this.#kept.textFrom(this.#valueStart)));
  }

  /**
   * Called after the last byte of a value. Passes a value at the top level, or an element of an `elements()` array, to
   * its callback. Any other value belongs to an object or array that is still being read: it stays in {@link KeptJson},
   * or is removed if `isKept` is false.
   * @param isKept true if the value has its shape
   */
  #endValue(isKept: boolean): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return this.#endWhole(isKept);
    this.#state = AFTER_VALUE;
    const { node, memberStart } = frame;
    if (node.type === 'array' && node.isHandedOver) {
      this.#options.onElement(...this.#take(isKept, memberStart));
    } else if (isKept) {
      frame.hasMembers = true;
      frame.seenBits |= frame.memberBit;
    } else this.#kept.cut(memberStart);
  }

  #endWhole(isKept: boolean): void {
    const { isSequence, shape, onValue } = this.#options;
    this.#state = isSequence ? BEFORE_VALUE : AFTER_END;
    this.#expected = shape;
    onValue(...this.#take(isKept, 0));
  }

  #take(isKept: boolean, start: number): [value: unknown, keptBytes: number] {
    const size = this.#kept.length - start;
    if (!isKept) this.#kept.discardFrom(start);
    const value = isKept ? this.#kept.takeFrom(start) : undefined;
    return [value, value === undefined ? 0 : size];
  }
}

/**
 * Returns true if the shape may accept the text, number, boolean or null that begins with this byte. Only an array that
 * `elements()` describes accepts null, because Go writes an empty list as null.
 */
function isScalarOf(node: ShapeNode | undefined, byte: number): boolean {
  if (node === undefined) return false;
  if (node.type !== 'scalar') return node.type === 'array' && node.isHandedOver && byte === NULL;
  if (byte === QUOTE) return (node.kinds & TEXT) !== 0;
  return (
    ((node.kinds & NUMBER) !== 0 && beginsNumber(byte)) ||
    ((node.kinds & BOOLEAN) !== 0 && beginsBoolean(byte))
  );
}

function isLiteralOf(node: ShapeNode | undefined, literal: string): boolean {
  if (node?.type !== 'scalar') return literal === 'null';
  if (literal === 'true' || literal === 'false') return true;
  const number = Number(literal);
  return number >= node.min && number <= node.max && (!node.isWhole || Number.isInteger(number));
}
