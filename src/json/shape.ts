/** The kinds of scalar that a {@link ScalarNode} takes, as bits. */
export const TEXT = 1;
export const NUMBER = 2;
export const BOOLEAN = 4;

/** No person reads and no program compares longer texts. Bytes of JSON. */
const TEXT_LIMIT = 1024;

export interface ScalarNode {
  readonly type: 'scalar';
  readonly kinds: number;
  /** The most bytes of JSON that a value of this shape may have. */
  readonly maxBytes: number;
  /** True if numbers must be whole. */
  readonly isWhole: boolean;
  /** The bounds of numbers, both included. */
  readonly min: number;
  readonly max: number;
}

export interface ObjectNode {
  readonly type: 'object';
  /** The fields by the length of their names. */
  readonly fieldsByLength: readonly (readonly FieldNode[] | undefined)[];
  /** A bit for each required field. */
  readonly requiredBits: number;
}

export interface FieldNode {
  readonly name: Uint8Array;
  /** `"name":`, as it is written. */
  readonly label: Uint8Array;
  readonly node: ShapeNode;
  /** 0 for an optional field. */
  readonly requiredBit: number;
}

export interface MapNode {
  readonly type: 'map';
  readonly value: ShapeNode;
}

export interface ArrayNode {
  readonly type: 'array';
  readonly element: ShapeNode;
  /** True if elements are passed on one by one and none is kept. */
  readonly isHandedOver: boolean;
}

/** The parts of a JSON value to keep. */
export type ShapeNode = ScalarNode | ObjectNode | MapNode | ArrayNode;

declare const VALUE: unique symbol;

/**
 * The parts of a JSON value to keep, and their types. A part of another type counts as missing; so does an object that
 * lacks a required field.
 */
export interface Shape<T> {
  readonly node: ShapeNode;
  readonly [VALUE]?: T;
}

/** The type of the values that a shape reads. */
export type ValueOf<S> = S extends Shape<infer T> ? T : never;

/** A required field. */
export interface Required<T> {
  readonly required: Shape<T>;
}

/** The fields of an object by name. */
export type Fields = Readonly<Record<string, Shape<unknown> | Required<unknown>>>;
type OptionalNames<F> = { [K in keyof F]: F[K] extends Shape<unknown> ? K : never }[keyof F];
type ObjectOf<F extends Fields> = Flat<
  { readonly [K in OptionalNames<F>]?: ValueOf<F[K]> } & {
    readonly [K in Exclude<keyof F, OptionalNames<F>>]: F[K] extends Required<infer T> ? T : never;
  }
>;
type Flat<T> = { [K in keyof T]: T[K] };

/** @param maxBytes the largest size of its JSON; a longer text counts as missing */
export function text(maxBytes = TEXT_LIMIT): Shape<string> {
  return scalar(TEXT, { maxBytes });
}

export function boolean(): Shape<boolean> {
  return scalar(BOOLEAN);
}

/** A whole number within bounds, both included. */
export function integer(min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return scalar(NUMBER, { min, max });
}

export function number(): Shape<number> {
  return scalar(NUMBER, { isWhole: false });
}

/** Kubernetes' `IntOrString`. */
export function integerOrText(min: number, max: number): Shape<number | string> {
  return scalar(NUMBER | TEXT, { min, max });
}

/** A text, number or boolean. */
export function anyScalar(maxBytes = TEXT_LIMIT): Shape<string | number | boolean> {
  return scalar(TEXT | NUMBER | BOOLEAN, { maxBytes, isWhole: false });
}

/** An object with only the named fields. */
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

/** Marks a field of {@link object}. */
export function required<T>(shape: Shape<T>): Required<T> {
  return { required: shape };
}

/** All fields of an object, whatever their names. */
export function map<T>(value: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return { node: { type: 'map', value: value.node } };
}

/** The elements of an array that have the shape. */
export function array<T>(element: Shape<T>): Shape<readonly T[]> {
  return { node: { type: 'array', element: element.node, isHandedOver: false } };
}

/** An array of any length whose elements are passed on one by one. The value is an empty array, or null. */
export function elements(element: Shape<unknown>): Shape<readonly [] | null> {
  return { node: { type: 'array', element: element.node, isHandedOver: true } };
}

function scalar<T>(kinds: number, bounds: Partial<Omit<ScalarNode, 'type' | 'kinds'>> = {}): Shape<T> {
  const { MIN_SAFE_INTEGER: min, MAX_SAFE_INTEGER: max } = Number;
  return { node: { type: 'scalar', kinds, maxBytes: TEXT_LIMIT, isWhole: true, min, max, ...bounds } };
}
