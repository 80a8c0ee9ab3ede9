import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';
import type { CodedError } from '../../base/errors.ts';
import type { Masking } from '../../websocket/frames.ts';
import { WebSocket } from '../../websocket/webSocket.ts';
import { FailureText } from './failureText.ts';
import type { PodConnection } from './transport.ts';

// The kubelet defines the protocol in `pkg/kubelet/cri/streaming/portforward/websocket.go`: channel 0 carries the data,
// and channel 1 carries the error text. On each channel, the server first sends the port in two bytes, little endian.
// This program ignores the port.
const DATA_CHANNEL = 0;
const ERROR_CHANNEL = 1;
const PORT_PREFIX_BYTES = 2;
const DATA_MESSAGE = Buffer.from([DATA_CHANNEL]);

/**
 * After the local client's FIN, the connection ends once the pod has sent nothing for this long, in milliseconds. This
 * transport cannot half-close: it cannot pass the FIN to the pod, so the pod does not know that the client has
 * finished.
 */
const LINGER_MS = 2_000;

export interface ChannelOptions {
  /** Opens the WebSocket. */
  readonly open: (signal: AbortSignal) => Promise<Socket>;
  readonly masking: Masking;
  /** Removes credentials from the server's text about a failure. Optional, default: the text is not changed. */
  readonly redact?: (text: string) => string;
  readonly clock: Clock;
}

/**
 * One TCP connection in a WebSocket of its own (`v4.channel.k8s.io`). Until the WebSocket is open, written bytes are
 * buffered.
 */
export class ChannelConnection extends Duplex implements PodConnection {
  readonly failure: Promise<string | undefined>;
  readonly #options: ChannelOptions;
  readonly #abort = new AbortController();
  readonly #resolveFailure: (text: string | undefined) => void;
  readonly #prefixLeft = new Map([
    [DATA_CHANNEL, PORT_PREFIX_BYTES],
    [ERROR_CHANNEL, PORT_PREFIX_BYTES],
  ]);
  readonly #failureText = new FailureText();
  #webSocket: WebSocket | undefined;
  #channel: number | undefined;
  #linger: Disposable | undefined;
  #isLingering = false;

  constructor(options: ChannelOptions) {
    super({ allowHalfOpen: true });
    const failure = Promise.withResolvers<string | undefined>();
    this.failure = failure.promise;
    this.#resolveFailure = failure.resolve;
    this.#options = options;
    this.on('error', () => {});
  }

  get data(): Duplex {
    return this;
  }

  dispose(): void {
    this.destroy();
  }

  /**
   * Destroys the connection, and aborts the handshake of its WebSocket if the handshake is still running. `_destroy`
   * cannot abort the handshake, because Node calls `_destroy` only after `_construct` has ended.
   */
  override destroy(error?: Error): this {
    this.#abort.abort(error);
    return super.destroy(error);
  }

  override _construct(callback: (error?: Error | null) => void): void {
    const { open, masking } = this.#options;
    open(this.#abort.signal).then(
      (socket) => {
        this.#webSocket = new WebSocket(socket, {
          role: 'client',
          masking,
          handlers: {
            onData: (piece, startsMessage) => this.#receive(piece, startsMessage),
            onEnd: (error) => this.#receiveEnd(error),
          },
        });
        callback();
      },
      (error: Error) => callback(error),
    );
  }

  override _read(): void {
    this.#webSocket?.resume();
  }

  override _write(payload: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#send([payload], callback);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: () => void): void {
    this.#send(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: () => void): void {
    this.#isLingering = true;
    this.#startLinger();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#linger?.dispose();
    this.#abort.abort(error ?? undefined);
    this.#webSocket?.close();
    this.#settleFailure();
    callback(error);
  }

  #send(payloads: readonly Buffer[], callback: () => void): void {
    if (this.#webSocket === undefined) return callback();
    this.#webSocket.send([DATA_MESSAGE, ...payloads], callback);
  }

  /**
   * Receives a piece of a message. The first byte of each message is the channel. Messages and the port prefix may be
   * split at any position. Returns false if the buffer for the local client is full, so that the WebSocket stops
   * reading.
   */
  #receive(piece: Buffer, startsMessage: boolean): boolean {
    if (startsMessage) this.#channel = undefined;
    let rest = piece;
    if (this.#channel === undefined) {
      this.#channel = rest[0];
      rest = rest.subarray(1);
    }
    const channel = this.#channel;
    if (channel === undefined) return true;
    const prefix = Math.min(this.#prefixLeft.get(channel) ?? 0, rest.length);
    if (prefix > 0) {
      this.#prefixLeft.set(channel, (this.#prefixLeft.get(channel) ?? 0) - prefix);
      rest = rest.subarray(prefix);
    }
    if (rest.length === 0) return true;
    if (channel === ERROR_CHANNEL) {
      this.#failureText.add(rest);
      return true;
    }
    if (this.#isLingering) this.#startLinger();
    return channel === DATA_CHANNEL ? this.push(rest) : true;
  }

  #receiveEnd(error: CodedError | undefined): void {
    this.#settleFailure();
    if (error !== undefined && this.#failureText.text === undefined) this.destroy(error);
    else this.push(null);
  }

  #settleFailure(): void {
    const { redact = (text: string) => text } = this.#options;
    const { text } = this.#failureText;
    this.#resolveFailure(text === undefined ? undefined : redact(text));
  }

  #startLinger(): void {
    this.#linger?.dispose();
    this.#linger = this.#options.clock.setTimer(LINGER_MS, () => {
      // The local client has not yet read all received bytes, so it is slow. The pod may still be sending, so the wait
      // starts again.
      if (this.readableLength > 0) return this.#startLinger();
      this.#settleFailure();
      this.#webSocket?.close();
      this.push(null);
    });
  }
}
