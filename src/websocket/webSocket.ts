import type { Duplex } from 'node:stream';
import { CodedError } from '../base/errors.ts';
import { endSoon } from '../base/streams.ts';
import { WebSocketDecoder } from './decoder.ts';
import { applyMask, CloseCode, createMaskingKey, encodeFrameHeader, type Masking, Opcode } from './frames.ts';

export interface WebSocketHandlers {
  /**
   * Called with each piece of a binary message. `startsMessage` is true for the first piece of a message. Returns false
   * to pause reading until {@link WebSocket.resume} is called.
   */
  onData(piece: Buffer, startsMessage: boolean): boolean;
  /**
   * Called once, when no more messages will arrive. The error is undefined if this side has closed or destroyed the
   * WebSocket, or if the peer has closed it with the code 1000 (normal) or without a code.
   */
  onEnd(error: CodedError | undefined): void;
}

export interface WebSocketOptions {
  readonly role: 'client' | 'server';
  readonly masking: Masking;
  readonly handlers: WebSocketHandlers;
}

/**
 * A WebSocket (RFC 6455) after the handshake. `transport` can be any byte stream. The WebSocket owns this stream, and
 * ends it. Supports only binary messages.
 */
export class WebSocket {
  readonly #transport: Duplex;
  readonly #masking: Masking;
  readonly #handlers: WebSocketHandlers;
  readonly #decoder: WebSocketDecoder;
  #waiting: (() => void)[] = [];
  /** The payload of the peer's last ping, while its answer waits until the transport accepts bytes again. */
  #owedPong: Buffer | undefined;
  #isEnded = false;
  #isClosing = false;

  constructor(transport: Duplex, options: WebSocketOptions) {
    this.#transport = transport;
    this.#masking = options.masking;
    this.#handlers = options.handlers;
    const peer = options.role === 'client' ? 'server' : 'client';
    this.#decoder = new WebSocketDecoder(peer, {
      onData: (piece, startsMessage) => {
        // Ignores messages that arrive after the WebSocket has ended, or after a close frame was sent or received.
        if (this.#isEnded || this.#isClosing) return;
        if (!this.#handlers.onData(piece, startsMessage)) this.#transport.pause();
      },
      onControl: (opcode, payload) => this.#receiveControl(opcode, payload),
    });
    transport.on('data', (chunk: Buffer) => this.#receive(chunk));
    transport.on('drain', () => this.#drain());
    transport.on('end', () => this.#end(lost(`the ${peer} closed the connection`)));
    transport.on('error', (error) => this.#end(lost(error.message, error)));
    transport.on('close', () => this.#end(lost('the connection was closed')));
  }

  /** Continues to read after `onData` has returned false. */
  resume(): void {
    this.#transport.resume();
  }

  /**
   * Sends the payloads as one binary message. Does not copy the payloads, except to mask them with a random key. Calls
   * `callback` when the next message may be sent. If the WebSocket has ended, sends nothing and calls `callback` at
   * once.
   */
  send(payloads: readonly Buffer[], callback: () => void): void {
    if (this.#isClosing || this.#isEnded) return callback();
    const length = payloads.reduce((sum, payload) => sum + payload.length, 0);
    const maskingKey = createMaskingKey(this.#masking);
    this.#transport.cork();
    this.#transport.write(encodeFrameHeader(Opcode.binary, length, maskingKey));
    let position = 0;
    for (const payload of payloads) {
      this.#transport.write(this.#masked(payload, maskingKey, position));
      position += payload.length;
    }
    this.#transport.uncork();
    if (this.#transport.writableNeedDrain) this.#waiting.push(callback);
    else callback();
  }

  /** Sends a close frame (RFC 6455 section 5.5.1) and ends the transport without waiting for the peer's close frame. */
  close(code: number = CloseCode.normal): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    if (this.#transport.writable) this.#sendControl(Opcode.close, payload);
    endSoon(this.#transport);
    this.#drain();
  }

  destroy(): void {
    this.#isClosing = true;
    this.#transport.destroy();
  }

  #masked(payload: Buffer, maskingKey: Buffer | undefined, position: number): Buffer {
    if (maskingKey === undefined || this.#masking === 'zero') return payload;
    const copy = Buffer.from(payload);
    applyMask(copy, maskingKey, position);
    return copy;
  }

  #sendControl(opcode: number, payload: Buffer): void {
    const maskingKey = createMaskingKey(this.#masking);
    const masked = this.#masked(payload, maskingKey, 0);
    this.#transport.write(Buffer.concat([encodeFrameHeader(opcode, payload.length, maskingKey), masked]));
  }

  #receive(chunk: Buffer): void {
    if (this.#isEnded) return;
    try {
      this.#decoder.write(chunk);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.#end(error);
      this.close(CloseCode.protocolError);
    }
  }

  #receiveControl(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.ping) this.#answerPing(payload);
    if (opcode !== Opcode.close) return;
    const code = payload.length < 2 ? CloseCode.normal : payload.readUInt16BE(0);
    this.#end(code === CloseCode.normal ? undefined : lost(`WebSocket closed with code ${code}`));
    this.close(CloseCode.normal);
  }

  /**
   * Answers a ping. If the transport accepts no more bytes at the moment, keeps only the last ping and answers it
   * later. If all answers waited, a peer that does not read could fill the memory. RFC 6455 section 5.5.3 allows one
   * answer for several pings.
   */
  #answerPing(payload: Buffer): void {
    if (this.#isClosing || !this.#transport.writable) return;
    if (this.#transport.writableNeedDrain) this.#owedPong = payload;
    else this.#sendControl(Opcode.pong, payload);
  }

  #drain(): void {
    const owedPong = this.#owedPong;
    this.#owedPong = undefined;
    if (owedPong !== undefined) this.#answerPing(owedPong);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }

  #end(error: CodedError | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#drain();
    this.#handlers.onEnd(this.#isClosing ? undefined : error);
  }
}

function lost(reason: string, cause?: unknown): CodedError {
  return new CodedError('LOST_CONNECTION_TO_SERVER', { reason }, cause);
}
