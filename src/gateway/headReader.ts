import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';

/** The result of a parser at the beginning of some bytes. */
export interface Parsed<T> {
  readonly value: T;
  /** The number of bytes that are no longer needed. */
  readonly consumed: number;
  /** Bytes that replace them for the next reader. Optional, default none. */
  readonly instead?: Buffer;
}

/**
 * Parses the beginning of the bytes. Returns undefined while there are too few, and throws a CodedError for bytes that cannot
 * become valid.
 */
export type Parser<T> = (bytes: Buffer) => Parsed<T> | undefined;

/** More than most servers take, because the server decides about its limit. */
export const HEAD_LIMIT = 128 * 1024;
/** How long a client may take to say where it wants to go. */
const TIME_LIMIT_MS = 10_000;

/**
 * Reads the first bytes of a connection. Between reads and after the last, all unconsumed bytes are back in the socket, with
 * the client's FIN behind them, for the connection's next owner.
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
   * Parses the bytes that have arrived, else waits for more.
   * @throws CodedError `REQUEST_REFUSED` and the errors of `parse`; `STOPPED` if the client has left
   */
  async read<T>(parse: Parser<T>): Promise<T> {
    const socket = this.#socket;
    if (this.#hasTimedOut) throw tooLate();
    if (socket.destroyed || socket.readableEnded) throw new CodedError('STOPPED');
    const bytes = socket.readableLength > 0 ? (socket.read() as Buffer | null) : null;
    const parsed = bytes === null ? undefined : this.#parse(bytes, parse);
    return (parsed ?? (await this.#untilParsed(bytes, parse))).value;
  }

  /** Waits until the client's next bytes or its end are in the socket, but no longer than the limit. */
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

  /** Parses the bytes. Those that remain are put back in the same turn: a moment later the stream may have emitted its end. */
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

  /** @param kept bytes that arrived before; not enough */
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
        // Bytes that were put back would be read again.
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

  /** Ends the time limit. Bytes that have arrived can still be read. */
  dispose(): void {
    this.#timer.dispose();
  }
}

/** Returns the error for a request that cannot be served. */
export function refused(reason: string): CodedError {
  return new CodedError('REQUEST_REFUSED', { reason });
}

/** The refusal of a head that was not read to its end. */
export class UnreadHeadError extends CodedError {
  /** RFC 9110 section 15, RFC 6585 section 5. */
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
