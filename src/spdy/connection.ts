import type { Duplex } from 'node:stream';
import { onAbort } from '../base/async.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { endSoon } from '../base/streams.ts';
import { DEFAULT_LIMITS, type DecoderLimits, FrameDecoder } from './decoder.ts';
import {
  encodeDataHeader,
  encodeGoAway,
  encodePing,
  encodeRstStream,
  encodeSynReply,
  encodeSynStream,
} from './encoder.ts';
import { type Frame, GoAwayStatus, ResetStatus } from './frames.ts';
import { HeaderCompressor } from './headerBlock.ts';
import { PendingPings } from './pendingPings.ts';
import { protocolError } from './protocolError.ts';
import { SpdyStream, type StreamCarrier } from './stream.ts';

export interface SpdyConnectionOptions {
  /** Clients number their streams and pings oddly, servers evenly (sections 2.3.2 and 2.6.5). */
  readonly role: 'client' | 'server';
  /** Takes the streams that the peer opens, and owns them; without it they are refused. */
  readonly onStream?: (stream: SpdyStream) => void;
  readonly limits?: DecoderLimits;
  /** Streams of the peer that may be open at once; more are refused. */
  readonly maxPeerStreams?: number;
}

const DEFAULT_MAX_PEER_STREAMS = 4096;
// Section 2.3.2: ids have 31 bits, and a connection ends when they are used up.
const MAX_STREAM_ID = 0x7fffffff;

/**
 * SPDY/3.1 over any byte stream. It owns the transport and ends it.
 *
 * No flow control: the Go side neither sends nor heeds WINDOW_UPDATE, and a sender that kept to the initial window would
 * hang. A slow reader of one stream therefore stops the whole connection once its buffer is full ({@link isPaused});
 * whoever cannot have that opens a connection for each stream.
 */
export class SpdyConnection {
  readonly #transport: Duplex;
  readonly #role: 'client' | 'server';
  readonly #onStream: ((stream: SpdyStream) => void) | undefined;
  readonly #maxPeerStreams: number;
  readonly #decoder: FrameDecoder;
  readonly #compressor = new HeaderCompressor();
  readonly #pings: PendingPings;
  readonly #streams = new Map<number, SpdyStream>();
  /** Streams whose reader is slow: while there is one, the transport is not read. */
  readonly #blocked = new Set<SpdyStream>();
  /** Writers that wait for the transport to drain. */
  #waiting: ((error?: Error | null) => void)[] = [];
  readonly #didClose = new Emitter<CodedError | undefined>();
  readonly #didChangePause = new Emitter<boolean>();
  readonly #carrier: StreamCarrier;
  #nextStreamId: number;
  #lastPeerStreamId = 0;
  #peerStreams = 0;
  #isGoingAway = false;
  #isClosed = false;
  #isHolding = false;

  /** Fires once, with the reason if it was not this side's wish. */
  readonly onDidClose: Event<CodedError | undefined> = this.#didClose.event;
  /** Fires when {@link isPaused} changes. */
  readonly onDidChangePause: Event<boolean> = this.#didChangePause.event;

  constructor(transport: Duplex, options: SpdyConnectionOptions) {
    this.#transport = transport;
    this.#role = options.role;
    this.#onStream = options.onStream;
    this.#maxPeerStreams = options.maxPeerStreams ?? DEFAULT_MAX_PEER_STREAMS;
    this.#decoder = new FrameDecoder(options.limits ?? DEFAULT_LIMITS);
    this.#nextStreamId = options.role === 'client' ? 1 : 2;
    this.#pings = new PendingPings(options.role);
    this.#carrier = this.#createCarrier();
    transport.on('data', (chunk: Buffer) => this.#receive(chunk));
    transport.on('drain', () => this.#drain());
    transport.on('end', () =>
      this.#close(new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'it closed the connection' })),
    );
    transport.on('error', (error) => this.#close(lostConnection(error)));
    transport.on('close', () => this.#close(lostConnection(new Error('the connection was closed'))));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the peer said that it takes no more streams, or the ids are used up. */
  get isGoingAway(): boolean {
    return this.#isGoingAway || this.#nextStreamId > MAX_STREAM_ID;
  }

  /** Whether a slow reader keeps this side from reading anything at all, answers to pings included. */
  get isPaused(): boolean {
    return this.#blocked.size > 0;
  }

  /** Whether the peer, or the network, takes no more bytes for now. */
  get isWriteBlocked(): boolean {
    return this.#transport.writableNeedDrain;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /**
   * Opens a stream (SYN_STREAM) without waiting for the peer's reply: what is written on it within a turn of the event
   * loop leaves together with it, in one write. The caller owns the stream.
   * @throws CodedError `LOST_CONNECTION_TO_SERVER` when the connection has ended or takes no more streams.
   */
  openStream(headers: Readonly<Record<string, string>>): SpdyStream {
    if (this.#isClosed || this.isGoingAway) {
      throw new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'it takes no more streams' });
    }
    const entries = Object.entries(headers);
    const stream = new SpdyStream(this.#carrier, this.#nextStreamId, new Map(entries));
    this.#nextStreamId += 2;
    this.#streams.set(stream.id, stream);
    this.#holdForFirstBytes();
    this.#send(encodeSynStream(stream.id, entries, this.#compressor));
    return stream;
  }

  /**
   * Measures a round trip to the peer's SPDY side, milliseconds.
   * @throws CodedError `LOST_CONNECTION_TO_SERVER` when the connection ends first; the signal's reason when aborted.
   */
  async ping(signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'it has ended' });
    const { id, answered } = this.#pings.begin();
    const abort = signal && onAbort(signal, () => this.#pings.fail(id, signal.reason));
    this.#send(encodePing(id));
    try {
      return await answered;
    } finally {
      abort?.dispose();
    }
  }

  /** Tells the peer that no more of its streams will be taken; open ones go on. */
  goAway(status: number = GoAwayStatus.ok): void {
    this.#send(encodeGoAway(this.#lastPeerStreamId, status));
  }

  /** Ends the connection at once, its streams with it. */
  destroy(error?: CodedError): void {
    this.#close(error);
  }

  #createCarrier(): StreamCarrier {
    return {
      sendData: (streamId, payloads, callback) => this.#sendData(streamId, payloads, callback),
      sendFin: (streamId) => this.#send(encodeDataHeader(streamId, 0, true)),
      sendReply: (streamId, headers) => this.#send(encodeSynReply(streamId, headers, this.#compressor)),
      sendReset: (streamId, status) => this.#send(encodeRstStream(streamId, status)),
      unblock: (stream) => this.#unblock(stream),
      remove: (stream) => {
        this.#streams.delete(stream.id);
        if (this.#isPeers(stream.id)) this.#peerStreams--;
        this.#unblock(stream);
      },
    };
  }

  #send(frame: Buffer): void {
    if (!this.#isClosed) this.#transport.write(frame);
  }

  /**
   * Keeps the opening of a stream back for its first bytes. Who speaks first has written by the time its socket is
   * accepted, and the next turn of the event loop reads it; for who waits for the server no more than that turn is lost.
   */
  #holdForFirstBytes(): void {
    if (this.#isHolding) return;
    this.#isHolding = true;
    this.#transport.cork();
    setImmediate(() => setImmediate(() => this.#releaseHold()));
  }

  #releaseHold(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#transport.uncork();
  }

  #sendData(streamId: number, payloads: readonly Buffer[], callback: (error?: Error | null) => void): void {
    if (this.#isClosed) return callback(null);
    const length = payloads.reduce((sum, payload) => sum + payload.length, 0);
    this.#transport.cork();
    this.#transport.write(encodeDataHeader(streamId, length, false));
    for (const payload of payloads) this.#transport.write(payload);
    this.#transport.uncork();
    this.#releaseHold();
    if (this.#transport.writableNeedDrain) this.#waiting.push(callback);
    else callback();
  }

  #drain(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }

  #unblock(stream: SpdyStream): void {
    if (!this.#blocked.delete(stream) || this.#blocked.size > 0 || this.#isClosed) return;
    this.#transport.resume();
    this.#didChangePause.fire(false);
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#decoder.write(chunk, (frame) => this.#dispatch(frame));
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      this.#send(encodeGoAway(this.#lastPeerStreamId, GoAwayStatus.protocolError));
      this.#close(error);
    }
  }

  #dispatch(frame: Frame): void {
    if (this.#isClosed) return;
    switch (frame.type) {
      case 'data':
        return this.#receiveData(frame.streamId, frame.payload, frame.fin);
      case 'synStream':
        return this.#accept(frame);
      case 'synReply':
      case 'headers':
        if (frame.fin) this.#streams.get(frame.streamId)?.receiveFin();
        return;
      case 'rstStream':
        return this.#streams.get(frame.streamId)?.receiveReset(frame.status);
      case 'ping':
        // Echoing the answer to one's own ping would start a loop.
        if (!this.#pings.settle(frame.id)) this.#send(encodePing(frame.id));
        return;
      case 'goAway':
        this.#isGoingAway = true;
        return;
      case 'settings':
      case 'windowUpdate':
        return;
    }
  }

  #receiveData(streamId: number, payload: Buffer, fin: boolean): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      if (!this.#wasOpened(streamId)) this.#send(encodeRstStream(streamId, ResetStatus.invalidStream));
      return;
    }
    if (payload.length > 0 && !stream.receive(payload)) this.#block(stream);
    if (fin) stream.receiveFin();
  }

  #block(stream: SpdyStream): void {
    const wasPaused = this.isPaused;
    this.#blocked.add(stream);
    if (wasPaused) return;
    this.#transport.pause();
    this.#didChangePause.fire(true);
  }

  #accept(frame: Extract<Frame, { type: 'synStream' }>): void {
    const { streamId } = frame;
    if (!this.#isPeers(streamId) || streamId <= this.#lastPeerStreamId) {
      throw protocolError(`stream ${streamId} opened out of turn`);
    }
    this.#lastPeerStreamId = streamId;
    if (this.#onStream === undefined || this.#peerStreams >= this.#maxPeerStreams) {
      this.#send(encodeRstStream(streamId, ResetStatus.refusedStream));
      return;
    }
    const stream = new SpdyStream(this.#carrier, streamId, frame.headers);
    this.#streams.set(streamId, stream);
    this.#peerStreams++;
    if (frame.fin) stream.receiveFin();
    if (frame.unidirectional) stream.end();
    this.#onStream(stream);
  }

  #isPeers(streamId: number): boolean {
    return (streamId % 2 === 1) === (this.#role === 'server');
  }

  #wasOpened(streamId: number): boolean {
    return this.#isPeers(streamId) ? streamId <= this.#lastPeerStreamId : streamId < this.#nextStreamId;
  }

  #close(error: CodedError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#releaseHold();
    const reason = error ?? new CodedError('STOPPED');
    for (const stream of [...this.#streams.values()]) stream.abandon(reason);
    this.#blocked.clear();
    this.#pings.failAll(reason);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback(null);
    if (error === undefined || error.code === 'PROTOCOL') endSoon(this.#transport);
    else this.#transport.destroy();
    this.#didClose.fire(error);
    this.#didClose.dispose();
    this.#didChangePause.dispose();
  }
}

function lostConnection(error: Error): CodedError {
  return new CodedError('LOST_CONNECTION_TO_SERVER', { reason: error.message }, error);
}
