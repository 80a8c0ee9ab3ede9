import { Pacer } from '../base/pacer.ts';
import { JsonError } from './jsonError.ts';
import { JsonScanner } from './jsonScanner.ts';
import type { Shape } from './shape.ts';

/**
 * How many bytes to parse before {@link Pacer} checks whether to pause, so that other work of this process can run.
 * Parsing this many takes less than a millisecond.
 */
const SLICE = 16 * 1024;

/**
 * The maximum size of one value or element in bytes of JSON. Counts only the members that the shape describes, because
 * the scanner skips all other members. A larger value becomes undefined. Even the largest pods need far less.
 */
const KEPT_LIMIT = 256 * 1024;

/** One value of a sequence, or one element of an array, from the body of a response. */
export interface JsonPart<T> {
  /** Undefined if the value does not have the shape or is too large. */
  readonly value: T | undefined;
  /** The size of the kept JSON in bytes. 0 if `value` is undefined. */
  readonly keptBytes: number;
}

/**
 * Reads a whole JSON text in one step. Use {@link readJson} for a long text: no other work of this process can run
 * during this step.
 * @returns undefined if the text does not have the shape
 * @throws JsonError
 */
export function parseJson<T>(json: string | Uint8Array, shape: Shape<T>): T | undefined {
  const { scanner, result } = scannerOfOne(shape, () => {});
  scanner.write(typeof json === 'string' ? Buffer.from(json) : json);
  scanner.end();
  return result();
}

export interface ReadJsonOptions<E> {
  /** The limit of the text in bytes. A longer text is rejected with `tooLong`. */
  readonly maxBytes: number;
  /**
   * Called with each element of an array whose shape is `elements()`, one by one while the text arrives. The returned
   * value does not contain the elements. If the callback throws, {@link readJson} rejects with its error.
   */
  readonly onElement?: (element: JsonPart<E>) => void;
  /**
   * Called with the size of each received piece in bytes, before the piece is parsed, so that the caller can count the
   * bytes.
   */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Reads a JSON text as it arrives. Pauses every few milliseconds, so that other work of this process can run. If an
 * error occurs, destroys the body.
 * @returns undefined if the text does not have the shape
 * @throws JsonError, or the error of the body
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
 * Reads a sequence of JSON values as they arrive. Pauses every few milliseconds, so that other work of this process can
 * run, even if many values arrive at once. If the caller leaves its loop early, the body is destroyed.
 * @param options `maxBytes` is the limit of one value, including the white space before the value; a longer value ends
 *   the reading with the error `tooLong`
 * @throws JsonError, or the error of the body
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
 * Yields the chunks of a body, but throws as soon as their total size exceeds `maxBytes`. An endless body thus cannot
 * fill the memory.
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

/**
 * Creates a scanner for a text that is a single JSON value. After `scanner.end()`, `result` returns this value, or
 * undefined if the text does not have the shape.
 */
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
