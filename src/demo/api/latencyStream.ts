import { Duplex } from 'node:stream';
import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';

type Callback = (error?: Error | null) => void;

/**
 * The maximum number of bytes that may wait for delivery in each direction. With a smaller number, the delay would
 * limit the throughput of a fast network.
 */
const IN_FLIGHT_BYTES = 8 * 1024 * 1024;

/**
 * A timer fires only on a whole millisecond, so a chunk would be delivered half a millisecond late on average. To
 * compensate, a chunk may be delivered up to this many milliseconds too early.
 */
const EARLY_MS = 0.5;

interface Delivery {
  readonly dueAt: number;
  /** The bytes to deliver. null means the end of the stream. */
  readonly chunk: Buffer | null;
}

/** Wraps a socket and adds latency: bytes arrive `oneWayMs` later, in both directions. The stream owns the socket. */
export class LatencyStream extends Duplex {
  readonly #socket: Duplex;
  readonly #inbound: DelayLine;
  readonly #outbound: DelayLine;
  #waitingWrite: (() => void) | undefined;

  constructor(socket: Duplex, oneWayMs: number, clock: Clock) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#inbound = new DelayLine(oneWayMs, clock, (chunk) => {
      this.push(chunk);
      if (!this.#inbound.isFull && this.readableLength < IN_FLIGHT_BYTES) socket.resume();
    });
    this.#outbound = new DelayLine(oneWayMs, clock, (chunk) => {
      if (chunk === null) socket.end();
      else socket.write(chunk);
      this.#continueWriting();
    });
    socket.on('data', (chunk: Buffer) => {
      this.#inbound.send(chunk);
      if (this.#inbound.isFull || this.readableLength >= IN_FLIGHT_BYTES) socket.pause();
    });
    socket.on('end', () => this.#inbound.send(null));
    socket.on('drain', () => this.#continueWriting());
    socket.on('close', () => this.destroy());
    this.on('error', () => {});
  }

  override _read(): void {
    if (!this.#inbound.isFull) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#outbound.send(chunk);
    if (!this.#outbound.isFull && !this.#socket.writableNeedDrain) return callback();
    this.#waitingWrite = () => callback();
  }

  override _final(callback: Callback): void {
    this.#outbound.send(null);
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#inbound.dispose();
    this.#outbound.dispose();
    this.#socket.destroy();
    callback(error);
  }

  #continueWriting(): void {
    if (this.#outbound.isFull || this.#socket.writableNeedDrain) return;
    const resume = this.#waitingWrite;
    this.#waitingWrite = undefined;
    resume?.();
  }
}

/** Delivers each chunk `delayMs` after the call to {@link send}, in the order of the calls. */
class DelayLine implements Disposable {
  readonly #delayMs: number;
  readonly #clock: Clock;
  readonly #deliver: (chunk: Buffer | null) => void;
  #queue: Delivery[] = [];
  #bytes = 0;
  #timer: Disposable | undefined;

  constructor(delayMs: number, clock: Clock, deliver: (chunk: Buffer | null) => void) {
    this.#delayMs = delayMs;
    this.#clock = clock;
    this.#deliver = deliver;
  }

  get isFull(): boolean {
    return this.#bytes >= IN_FLIGHT_BYTES;
  }

  send(chunk: Buffer | null): void {
    this.#queue.push({ dueAt: this.#clock.now() + this.#delayMs, chunk });
    this.#bytes += chunk?.length ?? 0;
    this.#schedule();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#queue = [];
  }

  #schedule(): void {
    const next = this.#queue[0];
    if (next === undefined) return;
    this.#timer ??= this.#clock.setTimer(Math.max(0, next.dueAt - this.#clock.now()), () => this.#flush());
  }

  #flush(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    const later = this.#queue.findIndex(({ dueAt }) => dueAt - now > EARLY_MS);
    const due = this.#queue.splice(0, later < 0 ? this.#queue.length : later);
    for (const { chunk } of due) {
      this.#bytes -= chunk?.length ?? 0;
      this.#deliver(chunk);
    }
    this.#schedule();
  }
}
