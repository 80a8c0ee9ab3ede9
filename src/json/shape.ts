/**
 * The types of values that a {@link ScalarNode} can accept. Its field `kinds` is a sum of these bits: `TEXT + NUMBER`
 * accepts strings and numbers.
 */
export const TEXT = 1;
export const NUMBER = 2;
export const BOOLEAN = 4;

/**
 * The most bytes of JSON that a text may have if its shape sets no limit. A longer text counts as missing. The names,
 * states and versions that this program reads are shorter.
 */
const TEXT_LIMIT = 1024;

export interface ScalarNode {
  readonly type: 'scalar';
  readonly kinds: number;
  /** The most bytes of JSON that a text may have, without its quotation marks. A longer text counts as missing. */
  readonly maxBytes: number;
  /** True if a number must be an integer. */
  readonly isWhole: boolean;
  /** The smallest and the largest number to accept. Any other number counts as missing. */
  readonly min: number;
  readonly max: number;
}

export interface ObjectNode {
  readonly type: 'object';
  /**
   * The fields of the object, by the length of their names: `fieldsByLength[4]` has all fields whose names have 4
   * bytes. The scanner thus compares a name only with the few fields of the same length.
   */
  readonly fieldsByLength: readonly (readonly FieldNode[] | undefined)[];
  /** The sum of the {@link FieldNode.requiredBit}s of all required fields: each has its own bit. */
  readonly requiredBits: number;
}

export interface FieldNode {
  readonly name: Uint8Array;
  /** The bytes `"name":`, which the scanner writes before the value of the field. */
  readonly label: Uint8Array;
  readonly node: ShapeNode;
  /** The bit of this field in {@link ObjectNode.requiredBits}. 0 for an optional field. */
  readonly requiredBit: number;
}

export interface MapNode {
  readonly type: 'map';
  readonly value: ShapeNode;
}

export interface ArrayNode {
  readonly type: 'array';
  readonly element: ShapeNode;
  /**
   * True for the shape `elements()`: each element is passed to a callback, and the array itself is kept without
   * elements.
   */
  readonly isHandedOver: boolean;
}

/** Describes which parts of a JSON value the scanner keeps. The scanner skips all other parts. */
export type ShapeNode = ScalarNode | ObjectNode | MapNode | ArrayNode;

declare const VALUE: unique symbol;

/**
 * Describes which parts of a JSON value to keep, and their types. If a part has another type, or is an object without
 * one of its required fields, the part counts as missing.
 */
export interface Shape<T> {
  readonly node: ShapeNode;
  readonly [VALUE]?: T;
}

/** The TypeScript type of the values that a shape describes. */
export type ValueOf<S> = S extends Shape<infer T> ? T : never;

/** A field that an object must have, marked by {@link required}. */
export interface Required<T> {
  readonly required: Shape<T>;
}

/** The fields of an object, by their names. */
export type Fields = Readonly<Record<string, Shape<unknown> | Required<unknown>>>;
type OptionalNames<F> = { [K in keyof F]: F[K] extends Shape<unknown> ? K : never }[keyof F];
type ObjectOf<F extends Fields> = Flat<
  { readonly [K in OptionalNames<F>]?: ValueOf<F[K]> } & {
    readonly [K in Exclude<keyof F, OptionalNames<F>>]: F[K] extends Required<infer T> ? T : never;
  }
>;
type Flat<T> = { [K in keyof T]: T[K] };

/**
 * The shape of a text.
 * @param maxBytes the limit in bytes of JSON, without the quotation marks; a longer text counts as missing
 */
export function text(maxBytes = TEXT_LIMIT): Shape<string> {
  return scalar(TEXT, { maxBytes });
}

export function boolean(): Shape<boolean> {
  return scalar(BOOLEAN);
}

/** The shape of an integer from `min` to `max`, both included. Any other number counts as missing. */
export function integer(min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return scalar(NUMBER, { min, max });
}

export function number(): Shape<number> {
  return scalar(NUMBER, { isWhole: false });
}

/** The shape of a value that is a text or an integer from `min` to `max`, like Kubernetes' type `IntOrString`. */
export function integerOrText(min: number, max: number): Shape<number | string> {
  return scalar(NUMBER | TEXT, { min, max });
}

/** The shape of a value that is a text, a number (with or without a fraction) or a boolean. */
export function anyScalar(maxBytes = TEXT_LIMIT): Shape<string | number | boolean> {
  return scalar(TEXT | NUMBER | BOOLEAN, { maxBytes, isWhole: false });
}

/** The shape of an object. Only the given fields are kept. */
export function object<F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const fieldsByLength: FieldNode[][] = [];
  let requiredBits = 0;
  for (const [name, field] of Object.entries(fields)) {
    const isRequired = 'required' in field;
    const requiredBit = isRequired ? (requiredBits + 1) & ~requiredBits : 0;
    requiredBits |= requiredBit;
    const bytes = Buffer.from(name);
    const { node } = isRequired ? field.required : field;
    fieldsByLength[bytes.length] ??= [];
    fieldsByLength[bytes.length]?.push({
      name: bytes,
      label: Buffer.from(`"${name}":`),
      node,
      requiredBit,
    });
  }
  return { node: { type: 'object', fieldsByLength, requiredBits } };
}

/** Marks a field of {@link object} as required. */
export function required<T>(shape: Shape<T>): Required<T> {
  return { required: shape };
}

/**
 * The shape of an object whose field names are not known in advance, such as labels. All fields whose values have the
 * given shape are kept.
 */
export function map<T>(value: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return { node: { type: 'map', value: value.node } };
}

/** The shape of an array. Elements that do not have the given shape are left out of the array. */
export function array<T>(element: Shape<T>): Shape<readonly T[]> {
  return { node: { type: 'array', element: element.node, isHandedOver: false } };
}

/**
 * The shape of an array whose elements are passed to a callback one by one, so that its length needs no limit. The
 * array itself is read as an empty array, or as null if the JSON has null.
 */
export function elements(element: Shape<unknown>): Shape<readonly [] | null> {
  return { node: { type: 'array', element: element.node, isHandedOver: true } };
}

function scalar<T>(kinds: number, bounds: Partial<Omit<ScalarNode, 'type' | 'kinds'>> = {}): Shape<T> {
  const { MIN_SAFE_INTEGER: min, MAX_SAFE_INTEGER: max } = Number;
  return { node: { type: 'scalar', kinds, maxBytes: TEXT_LIMIT, isWhole: true, min, max, ...bounds } };
}
