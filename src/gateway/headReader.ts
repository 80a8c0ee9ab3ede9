import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';

/** The value that a parser found at the beginning of some bytes. */
export interface Parsed<T> {
  readonly value: T;
  /** The number of bytes to remove from the beginning. The next reader of the socket does not get these bytes. */
  readonly consumed: number;
  /** Bytes that the next reader gets instead of the consumed bytes. Optional, default none. */
  readonly instead?: Buffer;
}

/**
 * Parses the beginning of the bytes. Returns undefined if more bytes are needed. Throws a CodedError if the bytes are
 * invalid and no further bytes could make them valid.
 */
export type Parser<T> = (bytes: Buffer) => Parsed<T> | undefined;

/**
 * The maximum size of a request's head, in bytes. The gateway refuses a larger head. The limit is higher than that of
 * most servers, so that a server itself can refuse a large head. The local client then gets the same response as
 * without the gateway.
 */
export const HEAD_LIMIT = 128 * 1024;
/**
 * How long a local client may take to send the head that names its destination. The time starts with the connection.
 * After this time, the gateway closes the connection.
 */
const TIME_LIMIT_MS = 10_000;

/**
 * Reads the first bytes of a connection, to find out its destination. After each read, puts all bytes that were not
 * consumed back into the socket. The next reader of the socket then gets these bytes, all later bytes, and the FIN of
 * the local client.
 */
export class HeadReader implements Disposable {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #timer: Disposable;
  #hasTimedOut = false;
  #cancel: ((error: CodedError) => void) | undefined;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#timer = clock.setTimer(TIME_LIMIT_MS, () => {
      this.#hasTimedOut = true;
      this.#cancel?.(tooLate());
    });
  }

  /**
   * Parses the bytes that have arrived. If they are too few, waits for more bytes and parses again.
   * @throws CodedError the errors of `parse`; `REQUEST_REFUSED` if the head is too large or does not arrive in time;
   *   `STOPPED` if the local client has disconnected
   */
  async read<T>(parse: Parser<T>): Promise<T> {
    const socket = this.#socket;
    if (this.#hasTimedOut) throw tooLate();
    if (socket.destroyed || socket.readableEnded) throw new CodedError('STOPPED');
    const bytes = socket.readableLength > 0 ? (socket.read() as Buffer | null) : null;
    const parsed = bytes === null ? undefined : this.#parse(bytes, parse);
    return (parsed ?? (await this.#untilParsed(bytes, parse))).value;
  }

  /** Waits until the local client has sent bytes or closed the connection, but at most `limitMs` milliseconds. */
  async untilMore(limitMs: number): Promise<void> {
    const socket = this.#socket;
    if (socket.readableLength > 0 || socket.readableEnded || socket.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(limitMs, resolve);
    socket.on('readable', resolve).on('end', resolve).on('close', resolve);
    await promise;
    socket.off('readable', resolve).off('end', resolve).off('close', resolve);
    timer.dispose();
  }

  /**
   * Parses the bytes, and puts the unconsumed bytes back into the socket. Must be synchronous: otherwise the socket
   * could emit `end` before the bytes are back, and Node accepts no bytes after `end`.
   */
  #parse<T>(bytes: Buffer, parse: Parser<T>): Parsed<T> | undefined {
    const parsed = parse(bytes);
    if (parsed === undefined) {
      if (bytes.length >= HEAD_LIMIT) throw tooLarge();
      return undefined;
    }
    const { consumed, instead } = parsed;
    const rest = consumed === 0 ? bytes : bytes.subarray(consumed);
    const next = instead === undefined ? rest : Buffer.concat([instead, rest]);
    if (next.length > 0) this.#socket.unshift(next);
    return parsed;
  }

  /**
   * Waits until enough bytes have arrived for `parse`, and returns the result of `parse`.
   * @param kept bytes that arrived earlier, but were too few; null if there are none
   */
  async #untilParsed<T>(kept: Buffer | null, parse: Parser<T>): Promise<Parsed<T>> {
    const socket = this.#socket;
    const { promise, resolve, reject } = Promise.withResolvers<Parsed<T>>();
    let bytes = kept;
    const onReadable = () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      bytes = bytes === null ? chunk : Buffer.concat([bytes, chunk]);
      try {
        const parsed = this.#parse(bytes, parse);
        if (parsed === undefined) return;
        // Removes the event handlers at once: otherwise `onReadable` would read the bytes that `#parse` has put back.
        stop();
        resolve(parsed);
      } catch (error) {
        reject(error);
      }
    };
    const onGone = () => reject(new CodedError('STOPPED'));
    const stop = () => socket.off('readable', onReadable).off('end', onGone).off('close', onGone);
    socket.on('readable', onReadable).on('end', onGone).on('close', onGone);
    this.#cancel = reject;
    try {
      return await promise;
    } finally {
      this.#cancel = undefined;
      stop();
    }
  }

  /**
   * Ends the time limit for the head. Called when the head has been read, or when nothing more will be read. Later
   * calls of {@link read} wait without a limit.
   */
  dispose(): void {
    this.#timer.dispose();
  }
}

/** Returns the error for a request that cannot be served. */
export function refused(reason: string): CodedError {
  return new CodedError('REQUEST_REFUSED', { reason });
}

/** The error for a request whose head was too large or too late, so that the gateway did not read all of it. */
export class UnreadHeadError extends CodedError {
  /**
   * The HTTP status: 408 Request Timeout (RFC 9110 section 15) or 431 Request Header Fields Too Large (RFC 6585 section
   * 5).
   */
  readonly status: 408 | 431;

  constructor(reason: string, status: 408 | 431) {
    super('REQUEST_REFUSED', { reason });
    this.status = status;
  }
}

export function tooLarge(): UnreadHeadError {
  return new UnreadHeadError(`its headers are larger than ${HEAD_LIMIT} bytes`, 431);
}

function tooLate(): UnreadHeadError {
  return new UnreadHeadError('its headers did not arrive in time', 408);
}
