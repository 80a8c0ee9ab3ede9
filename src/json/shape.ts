/** The kinds of scalar that a {@link ScalarNode} takes, as bits. */
export const TEXT = 1;
export const NUMBER = 2;
export const BOOLEAN = 4;

/** Longer texts are none that a person reads or a program compares. Bytes of JSON. */
const TEXT_LIMIT = 1024;

export interface ScalarNode {
  readonly type: 'scalar';
  readonly kinds: number;
  /** Of its JSON. */
  readonly maxBytes: number;
  /** Whether numbers must be whole. */
  readonly isWhole: boolean;
  /** Of numbers, both included. */
  readonly min: number;
  readonly max: number;
}

export interface ObjectNode {
  readonly type: 'object';
  /** By the length of their names. */
  readonly fieldsByLength: readonly (readonly FieldNode[] | undefined)[];
  /** A bit for each field that must be there. */
  readonly requiredBits: number;
}

export interface FieldNode {
  readonly name: Uint8Array;
  /** `"name":`, as it is written. */
  readonly label: Uint8Array;
  readonly node: ShapeNode;
  /** 0 where it may be missing. */
  readonly requiredBit: number;
}

export interface MapNode {
  readonly type: 'map';
  readonly value: ShapeNode;
}

export interface ArrayNode {
  readonly type: 'array';
  readonly element: ShapeNode;
  /** Whether elements are handed over one by one, and none of them is kept. */
  readonly isHandedOver: boolean;
}

/** What to keep of a JSON value. */
export type ShapeNode = ScalarNode | ObjectNode | MapNode | ArrayNode;

declare const VALUE: unique symbol;

/**
 * Which parts of a JSON value are kept, and of which types they must be. What is not of its type counts as missing; an
 * object that lacks a required field counts as missing as a whole.
 */
export interface Shape<T> {
  readonly node: ShapeNode;
  readonly [VALUE]?: T;
}

/** The type of what is read by a shape. */
export type ValueOf<S> = S extends Shape<infer T> ? T : never;

/** A field that must be there. */
export interface Required<T> {
  readonly required: Shape<T>;
}

/** An object's, by their names. */
export type Fields = Readonly<Record<string, Shape<unknown> | Required<unknown>>>;
type OptionalNames<F> = { [K in keyof F]: F[K] extends Shape<unknown> ? K : never }[keyof F];
type ObjectOf<F extends Fields> = Flat<
  { readonly [K in OptionalNames<F>]?: ValueOf<F[K]> } & {
    readonly [K in Exclude<keyof F, OptionalNames<F>>]: F[K] extends Required<infer T> ? T : never;
  }
>;
type Flat<T> = { [K in keyof T]: T[K] };

/** @param maxBytes of its JSON; a longer text counts as missing */
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

/** A text, number or boolean, whichever there is. */
export function anyScalar(maxBytes = TEXT_LIMIT): Shape<string | number | boolean> {
  return scalar(TEXT | NUMBER | BOOLEAN, { maxBytes, isWhole: false });
}

/** Of an object's fields only those named. */
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

/** Of an array's elements those that have the shape. */
export function array<T>(element: Shape<T>): Shape<readonly T[]> {
  return { node: { type: 'array', element: element.node, isHandedOver: false } };
}

/** An array, however long, whose elements are handed over one by one; what is left of it is an empty array, or null. */
export function elements(element: Shape<unknown>): Shape<readonly [] | null> {
  return { node: { type: 'array', element: element.node, isHandedOver: true } };
}

function scalar<T>(kinds: number, bounds: Partial<Omit<ScalarNode, 'type' | 'kinds'>> = {}): Shape<T> {
  const { MIN_SAFE_INTEGER: min, MAX_SAFE_INTEGER: max } = Number;
  return { node: { type: 'scalar', kinds, maxBytes: TEXT_LIMIT, isWhole: true, min, max, ...bounds } };
}
