import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';

/** What a parser has found at the beginning of some bytes. */
export interface Parsed<T> {
  readonly value: T;
  /** How many of the bytes nobody needs any more. */
  readonly consumed: number;
  /** What whoever reads on finds in their place; optional, default nothing. */
  readonly instead?: Buffer;
}

/** Finds something at the beginning of the bytes; undefined while there are too few. Throws a CodedError if it never will. */
export type Parser<T> = (bytes: Buffer) => Parsed<T> | undefined;

/** As Node's servers have it: cookies and tokens are long. Bytes. */
export const HEAD_LIMIT = 16 * 1024;
/** How long a client may take to say where it wants to go. Milliseconds. */
const TIME_LIMIT_MS = 10_000;

/**
 * Reads the first bytes of a connection. Between two reads, and after the last, all that was not consumed is in the socket again, so
 * that whoever takes the connection over finds it there, with the client's FIN behind it.
 */
export class HeadReader implements Disposable {
  readonly #socket: Socket;
  readonly #timer: Disposable;
  #hasTimedOut = false;
  #cancel: ((error: CodedError) => void) | undefined;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#timer = clock.setTimer(TIME_LIMIT_MS, () => {
      this.#hasTimedOut = true;
      this.#cancel?.(tooLate());
    });
  }

  /** @throws CodedError `REQUEST_REFUSED` and what `parse` throws; `STOPPED` if the client has left */
  async read<T>(parse: Parser<T>): Promise<T> {
    const socket = this.#socket;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const owned = new DisposableStore();
    let bytes: Buffer = Buffer.alloc(0);
    const onReadable = () => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      try {
        const parsed = parse(bytes);
        if (parsed !== undefined) {
          owned.dispose();
          // At once: a moment later the end of the stream may have been told.
          const rest = bytes.subarray(parsed.consumed);
          const next = parsed.instead === undefined ? rest : Buffer.concat([parsed.instead, rest]);
          if (next.length > 0) socket.unshift(next);
          resolve(parsed.value);
        } else if (bytes.length >= HEAD_LIMIT) {
          reject(
            new CodedError('REQUEST_REFUSED', { reason: `its head is longer than ${HEAD_LIMIT} bytes` }),
          );
        }
      } catch (error) {
        reject(error);
      }
    };
    const onGone = () => reject(new CodedError('STOPPED'));
    socket.on('readable', onReadable).on('end', onGone).on('close', onGone);
    owned.add({
      dispose: () => socket.off('readable', onReadable).off('end', onGone).off('close', onGone),
    });
    this.#cancel = reject;
    if (this.#hasTimedOut) reject(tooLate());
    if (socket.destroyed || socket.readableEnded) onGone();
    try {
      return await promise;
    } finally {
      this.#cancel = undefined;
      owned.dispose();
    }
  }

  dispose(): void {
    this.#timer.dispose();
  }
}

function tooLate(): CodedError {
  return new CodedError('REQUEST_REFUSED', { reason: 'its head did not arrive in time' });
}
