import type { Duplex } from 'node:stream';
import { onAbort } from '../base/async.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { endSoon } from '../base/streams.ts';
import { DEFAULT_LIMITS, type DecoderLimits, FrameDecoder } from './decoder.ts';
import { type Frame, GoAwayStatus, MAX_STREAM_ID, ResetStatus } from './frames.ts';
import { FrameWriter } from './frameWriter.ts';
import { PendingPings } from './pendingPings.ts';
import { protocolError } from './protocolError.ts';
import { SpdyStream, type StreamCarrier } from './stream.ts';

export interface SpdyConnectionOptions {
  /**
   * Determines the IDs of this side's streams and pings: odd for a client, even for a server (SPDY draft, sections
   * 2.3.2 and 2.6.5).
   */
  readonly role: 'client' | 'server';
  /**
   * Called with each stream that the peer opens. The callee owns the stream. Optional, default: the streams are
   * refused.
   */
  readonly onStream?: (stream: SpdyStream) => void;
  readonly limits?: DecoderLimits;
  /** The maximum number of streams that the peer may have open. Further streams are refused. Optional, default 4096. */
  readonly maxPeerStreams?: number;
}

const DEFAULT_MAX_PEER_STREAMS = 4096;

/**
 * A SPDY/3.1 connection over any byte stream (`transport`), which the connection owns and ends. There is no flow
 * control, because Kubernetes' SPDY library in Go never sends WINDOW_UPDATE: a sender with flow control would stop
 * forever after the first window. So if the buffer of one stream is full, the whole connection stops reading
 * ({@link isPaused}). A caller that cannot accept this pause opens a SPDY connection for each stream.
 */
export class SpdyConnection {
  readonly #transport: Duplex;
  readonly #role: 'client' | 'server';
  readonly #onStream: ((stream: SpdyStream) => void) | undefined;
  readonly #maxPeerStreams: number;
  readonly #decoder: FrameDecoder;
  readonly #writer: FrameWriter;
  readonly #pings: PendingPings;
  readonly #streams = new Map<number, SpdyStream>();
  /**
   * Streams whose buffers are full because their readers are slow. While there is such a stream, the connection reads
   * nothing from the transport.
   */
  readonly #blocked = new Set<SpdyStream>();
  readonly #didClose = new Emitter<CodedError | undefined>();
  readonly #didChangePause = new Emitter<boolean>();
  readonly #carrier: StreamCarrier;
  readonly #onFrame = (frame: Frame): void => this.#dispatch(frame);
  #nextStreamId: number;
  #lastPeerStreamId = 0;
  #peerStreams = 0;
  /** True after the peer's GOAWAY: the peer accepts no more streams of this side. */
  #isGoingAway = false;
  /** True after this side's GOAWAY: this side refuses new streams of the peer. */
  #isRefusing = false;
  #isClosed = false;
  #wasPaused = false;
  #receivedBytes = 0;

  /**
   * Fires once, when the connection has ended. The value is the error, or undefined if this side ended the connection
   * without an error.
   */
  readonly onDidClose: Event<CodedError | undefined> = this.#didClose.event;
  /** Fires when {@link isPaused} changes. */
  readonly onDidChangePause: Event<boolean> = this.#didChangePause.event;

  constructor(transport: Duplex, options: SpdyConnectionOptions) {
    this.#transport = transport;
    this.#role = options.role;
    this.#onStream = options.onStream;
    this.#maxPeerStreams = options.maxPeerStreams ?? DEFAULT_MAX_PEER_STREAMS;
    // Decodes header blocks only if this side accepts streams of the peer: only the headers of SYN_STREAM frames, with
    // which the peer opens streams, are used.
    this.#decoder = new FrameDecoder(options.limits ?? DEFAULT_LIMITS, options.onStream !== undefined);
    this.#nextStreamId = options.role === 'client' ? 1 : 2;
    this.#pings = new PendingPings(options.role);
    this.#writer = new FrameWriter(transport, () => this.#updatePause());
    this.#carrier = this.#createCarrier();
    transport.on('data', (chunk: Buffer) => this.#receive(chunk));
    transport.on('end', () => this.#close(lostConnection(`the ${this.#peer} closed the connection`)));
    transport.on('error', (error) => this.#close(lostConnection(error.message, error)));
    transport.on('close', () => this.#close(lostConnection('the connection was closed')));
    // If the transport has already ended, its events do not fire again. Closing waits for the next tick, so that the
    // caller can subscribe to `onDidClose` first.
    if (transport.destroyed || transport.readableEnded) {
      process.nextTick(() => this.#close(lostConnection('the connection was closed')));
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get #peer(): 'client' | 'server' {
    return this.#role === 'client' ? 'server' : 'client';
  }

  /** True if the peer has announced that it accepts no more streams, or if all stream IDs are used up. */
  get isGoingAway(): boolean {
    return this.#isGoingAway || this.#nextStreamId > MAX_STREAM_ID;
  }

  /**
   * True while the connection is blocked in at least one direction. Reading is blocked while the reader of one stream
   * is slow; then the connection does not read answers to pings either. Writing is blocked while the peer accepts no
   * more bytes.
   */
  get isPaused(): boolean {
    return this.#blocked.size > 0 || this.#writer.isWaiting;
  }

  /** The number of bytes that the peer has sent so far, including the headers of frames. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** The number of bytes that were sent to the peer so far, including the headers of frames. */
  get sentBytes(): number {
    return this.#writer.sentBytes;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /**
   * Opens a stream (SYN_STREAM) without waiting for the peer's reply. Bytes that the caller writes to the stream in
   * the same turn of the event loop are sent in one write with SYN_STREAM. The caller owns the stream.
   * @throws CodedError `LOST_CONNECTION_TO_SERVER` if the connection has ended or accepts no more streams
   */
  openStream(headers: Readonly<Record<string, string>>): SpdyStream {
    if (this.#isClosed || this.isGoingAway) {
      throw lostConnection(`the ${this.#peer} accepts no new streams`);
    }
    const entries = Object.entries(headers);
    const stream = new SpdyStream(this.#carrier, this.#nextStreamId, new Map(entries));
    this.#nextStreamId += 2;
    this.#streams.set(stream.id, stream);
    this.#writer.synStream(stream.id, entries);
    return stream;
  }

  /**
   * Pings the peer and resolves with the round-trip time in milliseconds.
   * @throws CodedError the error of {@link onDidClose} if the connection is lost before the answer arrives, `STOPPED`
   *   if this side ends the connection without an error, `LOST_CONNECTION_TO_SERVER` if the connection has already
   *   ended; the signal's reason when aborted
   */
  async ping(signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw lostConnection('the connection has ended');
    const { id, answered } = this.#pings.begin();
    using _ = signal && onAbort(signal, () => this.#pings.fail(id, signal.reason));
    this.#writer.ping(id);
    return await answered;
  }

  /**
   * Tells the peer that this side accepts no more streams (GOAWAY). Call this only when no stream is in use. SPDY
   * allows open streams to continue after a GOAWAY, but Kubernetes' SPDY library in Go then stops reading and ends its
   * streams.
   */
  goAway(status: number = GoAwayStatus.ok): void {
    this.#isRefusing = true;
    this.#writer.goAway(this.#lastPeerStreamId, status);
  }

  /**
   * Ends the connection at once. Without an error, this side no longer needs the connection, and all streams are
   * destroyed. With an error, the connection was lost, and all streams fail with the error, except that a stream on
   * which the peer's FIN has arrived can still be read to its end.
   */
  destroy(error?: CodedError): void {
    this.#close(error);
  }

  #createCarrier(): StreamCarrier {
    const writer = this.#writer;
    return {
      sendData: (streamId, payloads, callback) => writer.data(streamId, payloads, callback),
      sendFin: (streamId) => writer.fin(streamId),
      sendReply: (streamId, headers) => writer.synReply(streamId, headers),
      sendReset: (streamId, status) => writer.rstStream(streamId, status),
      unblock: (stream) => this.#unblock(stream),
      dropData: (streamId) => writer.dropData(streamId),
      remove: (stream) => {
        this.#streams.delete(stream.id);
        if (this.#isPeers(stream.id)) this.#peerStreams--;
        writer.dropData(stream.id);
        this.#unblock(stream);
      },
    };
  }

  #unblock(stream: SpdyStream): void {
    if (!this.#blocked.delete(stream) || this.#blocked.size > 0 || this.#isClosed) return;
    this.#transport.resume();
    this.#updatePause();
  }

  #updatePause(): void {
    if (this.#isClosed || this.#wasPaused === this.isPaused) return;
    this.#wasPaused = this.isPaused;
    this.#didChangePause.fire(this.#wasPaused);
  }

  #receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#receivedBytes += chunk.length;
    try {
      this.#decoder.write(chunk, this.#onFrame);
    } catch (error) {
      if (!isCoded(error, 'PROTOCOL')) throw error;
      this.#writer.goAway(this.#lastPeerStreamId, GoAwayStatus.protocolError);
      this.#close(error);
    }
  }

  #dispatch(frame: Frame): void {
    if (this.#isClosed) return;
    if (this.#writer.isOverrun) throw protocolError('the peer does not read responses');
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
        // Answers only pings that the peer started. If each side also answered the answers to its own pings, the
        // exchange would never end.
        if (!this.#pings.settle(frame.id)) this.#writer.ping(frame.id);
        return;
      case 'goAway':
        return this.#receiveGoAway(frame.lastStreamId);
      case 'settings':
      case 'windowUpdate':
        return;
    }
  }

  #receiveData(streamId: number, payload: Buffer, fin: boolean): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      if (!this.#wasOpened(streamId)) this.#writer.rstStream(streamId, ResetStatus.invalidStream);
      return;
    }
    if (payload.length > 0 && !stream.receive(payload)) this.#block(stream);
    if (fin) stream.receiveFin();
  }

  /**
   * Resets this side's streams after `lastStreamId`, because the peer will never process these streams (SPDY draft,
   * section 2.6.6).
   */
  #receiveGoAway(lastStreamId: number): void {
    this.#isGoingAway = true;
    for (const stream of [...this.#streams.values()]) {
      if (this.#isPeers(stream.id) || stream.id <= lastStreamId) continue;
      stream.receiveReset(ResetStatus.refusedStream);
    }
  }

  #block(stream: SpdyStream): void {
    this.#blocked.add(stream);
    this.#transport.pause();
    this.#updatePause();
  }

  #accept(frame: Extract<Frame, { type: 'synStream' }>): void {
    const { streamId } = frame;
    if (!this.#isPeers(streamId) || streamId <= this.#lastPeerStreamId) {
      throw protocolError(`unexpected stream ID ${streamId}`);
    }
    this.#lastPeerStreamId = streamId;
    if (this.#onStream === undefined || this.#isRefusing || this.#peerStreams >= this.#maxPeerStreams) {
      this.#writer.rstStream(streamId, ResetStatus.refusedStream);
      return;
    }
    const stream = new SpdyStream(this.#carrier, streamId, frame.headers);
    this.#streams.set(streamId, stream);
    this.#peerStreams++;
    if (frame.fin) stream.receiveFin();
    if (frame.unidirectional) stream.endUnsaid();
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
    const reason = error ?? new CodedError('STOPPED');
    for (const stream of [...this.#streams.values()]) {
      if (error === undefined) stream.abandon(reason);
      else stream.lose(reason);
    }
    this.#writer.close();
    this.#pings.failAll(reason);
    if (error === undefined || error.code === 'PROTOCOL') endSoon(this.#transport);
    else this.#transport.destroy();
    this.#didClose.fire(error);
    this.#didClose.dispose();
    this.#didChangePause.dispose();
  }
}

function lostConnection(reason: string, cause?: unknown): CodedError {
  return new CodedError('LOST_CONNECTION_TO_SERVER', { reason }, cause);
}
