import { Pacer } from '../base/pacer.ts';
import { JsonError } from './jsonError.ts';
import { JsonScanner } from './jsonScanner.ts';
import type { Shape } from './shape.ts';

/** How many bytes to read before looking at the time: less than a millisecond's work. */
const SLICE = 16 * 1024;

/** How much to keep of one value or element: far more than the largest pods need. Bytes of JSON. */
const KEPT_LIMIT = 256 * 1024;

/** A part of a body. */
export interface JsonPart<T> {
  /** Undefined if the value has another shape. */
  readonly value: T | undefined;
  /** How much was kept, in bytes of JSON. */
  readonly keptBytes: number;
}

/**
 * Reads a whole JSON text in one step, for short texts.
 * @returns undefined if the text has another shape
 * @throws JsonError
 */
export function parseJson<T>(json: string | Uint8Array, shape: Shape<T>): T | undefined {
  const { scanner, result } = scannerOfOne(shape, () => {});
  scanner.write(typeof json === 'string' ? Buffer.from(json) : json);
  scanner.end();
  return result();
}

export interface ReadJsonOptions<E> {
  /** A longer text is not read to its end. */
  readonly maxBytes: number;
  /** Called with each of the shape's `elements`. An error that it throws ends the reading. */
  readonly onElement?: (element: JsonPart<E>) => void;
  /** Called with the number of bytes of each piece, before it is read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Reads a JSON text as it arrives, with turns for other work every few milliseconds. Leaves the body at its end or
 * destroyed.
 * @returns undefined if the text has another shape
 * @throws JsonError, the errors of the body
 */
export async function readJson<T, E = never>(
  body: AsyncIterable<Uint8Array>,
  shape: Shape<T>,
  { maxBytes, onElement, onBytes }: ReadJsonOptions<E>,
): Promise<T | undefined> {
  const pacer = new Pacer();
  const { scanner, result } = scannerOfOne(shape, (value, keptBytes) =>
    onElement?.({ value: value as E | undefined, keptBytes }),
  );
  for await (const chunk of limited(body, maxBytes)) {
    onBytes?.(chunk.length);
    for (const slice of slicesOf(chunk)) {
      scanner.write(slice);
      await pacer.pause();
    }
  }
  scanner.end();
  return result();
}

/**
 * Reads a sequence of JSON values as they arrive, with turns for other work every few milliseconds, however fast values
 * arrive and whatever happens with each. Leaving the loop destroys the body.
 * @param options `maxBytes` is for one value, with the space before it
 * @throws JsonError, the errors of the body
 */
export async function* readJsonValues<T>(
  body: AsyncIterable<Uint8Array>,
  shape: Shape<T>,
  { maxBytes, onBytes }: Omit<ReadJsonOptions<never>, 'onElement'>,
): AsyncGenerator<JsonPart<T>, void, undefined> {
  let parts: JsonPart<T>[] = [];
  let size = 0;
  const pacer = new Pacer();
  const scanner = new JsonScanner({
    shape: shape.node,
    maxKeptBytes: KEPT_LIMIT,
    isSequence: true,
    onValue: (value, keptBytes) => parts.push({ value: value as T | undefined, keptBytes }),
    onElement: () => {},
  });
  for await (const chunk of body) {
    onBytes?.(chunk.length);
    for (const slice of slicesOf(chunk)) {
      size += slice.length;
      if (size > maxBytes) throw tooLong();
      scanner.write(slice);
      await pacer.pause();
      if (parts.length === 0) continue;
      size = 0;
      const complete = parts;
      parts = [];
      for (const part of complete) {
        yield part;
        await pacer.pause();
      }
    }
  }
  scanner.end();
  yield* parts;
}

/**
 * Passes chunks on up to a limit.
 * @throws JsonError `tooLong`
 */
export async function* limited<Chunk extends Uint8Array>(
  body: AsyncIterable<Chunk>,
  maxBytes: number,
): AsyncGenerator<Chunk, void, undefined> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLong();
    yield chunk;
  }
}

function* slicesOf(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < chunk.length; at += SLICE) yield chunk.subarray(at, at + SLICE);
}

function tooLong(): JsonError {
  return new JsonError('tooLong', 'is too long');
}

/** A scanner of one JSON text; `result` returns the text's value once the scanner has ended. */
function scannerOfOne<T>(
  shape: Shape<T>,
  onElement: (element: unknown, keptBytes: number) => void,
): { readonly scanner: JsonScanner; readonly result: () => T | undefined } {
  let result: unknown;
  const scanner = new JsonScanner({
    shape: shape.node,
    maxKeptBytes: KEPT_LIMIT,
    isSequence: false,
    onValue: (value) => {
      result = value;
    },
    onElement,
  });
  return { scanner, result: () => result as T | undefined };
}
