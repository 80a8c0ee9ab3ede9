import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError, toCoded } from '../base/errors.ts';
import { closeAfterSending } from './closeAfterSending.ts';
import type { Traffic } from './connectionCounts.ts';
import type { TapOwner } from './connectionTap.ts';
import type { ClientInspector } from './listener.ts';
import { resetSocket } from './resetSocket.ts';
import type { PodConnection } from './transport/transport.ts';
import { TurnWriter } from './turnWriter.ts';

/**
 * Receives the reports of the pump about one connection. The receiver can also end the connection through
 * {@link onEvict}.
 */
export interface ConnectionReport {
  /** Reports that the pod has sent this many more bytes. */
  addReceived(bytes: number): void;
  /** Reports whether bytes wait because the local client or the pod does not read them. */
  setStalled(isStalled: boolean): void;
  /**
   * Returns whether the pump may buffer more bytes for the slow local client. If not, the pump stops reading from the
   * pod, which blocks the tunnel for its other connections.
   * @param waitingBytes bytes that are already buffered
   */
  mayHoldMore(waitingBytes: number): boolean;
  /**
   * Reports that no more bytes of the local client are passed to the pod. Usually, the local client has sent its FIN.
   */
  setLingering(): void;
  /**
   * Ends the connection with an error. The pump sets this function. {@link PooledTunnel} calls it if the connection has
   * blocked its tunnel for too long, and {@link ConnectionCarrier} calls it when the forward ends.
   */
  onEvict: ((error: CodedError) => void) | undefined;
}

/** Optional objects and functions that see the bytes of a connection while the pump carries them. */
export interface BesidePump {
  /** Its property `tap` is an object that sees all bytes of the connection, for example to log them. Optional. */
  readonly tapOwner?: TapOwner | undefined;
  /**
   * Checks each chunk that the local client has sent, before it is sent to the pod, and can end the client's side or
   * the connection. Optional.
   */
  readonly inspect?: ClientInspector | undefined;
  /**
   * Called with the length of each chunk that is carried, in either direction. For example, `scavengingForward`
   * counts these bytes, to run the garbage collector after every 8 MB. Optional.
   */
  readonly onPayload?: ((bytes: number) => void) | undefined;
}

/**
 * How long to wait, after the pod's FIN, for a failure report of the kubelet on the error stream. The local client gets
 * the FIN only after this wait. The kubelet closes the data stream first and sends the report a moment later: without
 * the wait, the client would mistake a truncated answer for a complete answer.
 */
const FIN_GRACE_MS = 250;

/**
 * Carries bytes between a local socket and a connection in the pod, until both the socket and the connection have
 * ended. Passes on back pressure, half-close and resets in both directions. Takes ownership of the socket and of the
 * connection.
 * @param beside objects and functions that see the bytes. Optional
 * @returns undefined if the local client or the pod ended the connection, an error if the connection failed in the
 *   tunnel or in the pod
 */
export function pump(
  socket: Socket,
  pod: PodConnection,
  traffic: Traffic,
  slot: ConnectionReport,
  clock: Clock,
  beside: BesidePump = {},
): Promise<CodedError | undefined> {
  return new Promise((resolve) => {
    const connection = new PumpedConnection(socket, pod, traffic, slot, clock, beside, resolve);
    connection.start();
  });
}

class PumpedConnection {
  readonly #socket: Socket;
  readonly #pod: PodConnection;
  readonly #traffic: Traffic;
  readonly #slot: ConnectionReport;
  readonly #clock: Clock;
  readonly #tapOwner: TapOwner | undefined;
  readonly #inspect: ClientInspector | undefined;
  readonly #onPayload: ((bytes: number) => void) | undefined;
  readonly #resolve: (error: CodedError | undefined) => void;
  readonly #toClient: TurnWriter;
  #grace: Disposable | undefined;
  /**
   * Whether the error stream has ended without reporting a failure. In that case, the pod's FIN is sent to the local
   * client at once, without waiting for {@link FIN_GRACE_MS}.
   */
  #isConfirmed = false;
  #isPodDone = false;
  #isClosed = false;
  /**
   * Whether no more bytes of the local client are passed to the pod: the client has sent its FIN,
   * {@link ClientInspector} has ended the client's side, or the connection to the pod has failed after the complete
   * answer ({@link #endAfterAnswer}). Later bytes of the client are dropped.
   */
  #isClientDone = false;
  /**
   * An error that occurred after the pod had sent its complete answer. The error is reported only after the local
   * client has read the answer.
   */
  #lateError: CodedError | undefined;
  readonly #onSocketClosed = () => this.#end(this.#lateError);

  constructor(
    socket: Socket,
    pod: PodConnection,
    traffic: Traffic,
    slot: ConnectionReport,
    clock: Clock,
    { tapOwner, inspect, onPayload }: BesidePump,
    resolve: (error: CodedError | undefined) => void,
  ) {
    this.#socket = socket;
    this.#pod = pod;
    this.#traffic = traffic;
    this.#slot = slot;
    this.#clock = clock;
    this.#tapOwner = tapOwner;
    this.#inspect = inspect;
    this.#onPayload = onPayload;
    this.#resolve = resolve;
    this.#toClient = new TurnWriter(socket, () => this.#stallPod());
  }

  start(): void {
    const { data, failure } = this.#pod;
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.#isClosed && !this.#isClientDone) this.#receiveFromClient(chunk);
    });
    data.on('drain', () => this.#unstall(socket));
    socket.on('end', () => this.#endClientSide());
    data.on('data', (chunk: Buffer) => {
      this.#traffic.bytesReceived += chunk.length;
      this.#onPayload?.(chunk.length);
      this.#tapOwner?.tap?.fromPod(chunk);
      this.#slot.addReceived(chunk.length);
      this.#toClient.write(chunk);
    });
    socket.on('drain', () => this.#unstall(data));
    // Node emits no `drain` after `end()`. The event `finish` then shows that the last bytes of the answer are sent, so
    // the connection is no longer stalled.
    socket.on('finish', () => this.#unstall(data));
    data.on('end', () => this.#receiveFin());
    data.on('error', (error) => this.#cutOff(error));
    data.on('close', () => this.#endIfDone(data.errored));
    // If the local client's socket fails, for example because the client resets it, the connection ends without an
    // error: this is not a failure of the forward.
    socket.on('error', () => this.#end(this.#lateError));
    socket.on('close', this.#onSocketClosed);
    void failure.then((text) => this.#receiveFailure(text));
    this.#slot.onEvict = (error) => this.#fail(error);
    if (socket.destroyed) this.#end(undefined);
    // If the local client sent its FIN before the pump subscribed to `end`, this event does not fire again. So its
    // handler is called here.
    else if (socket.readableEnded) this.#endClientSide();
  }

  #receiveFromClient(chunk: Buffer): void {
    let passing: number | undefined;
    try {
      passing = this.#inspect?.(chunk);
    } catch (error) {
      return this.#fail(toCoded(error));
    }
    if (passing === undefined) return this.#passToPod(chunk);
    if (passing > 0) this.#passToPod(chunk.subarray(0, passing));
    this.#endClientSide();
  }

  #passToPod(chunk: Buffer): void {
    this.#traffic.bytesSent += chunk.length;
    this.#onPayload?.(chunk.length);
    this.#tapOwner?.tap?.fromClient(chunk);
    if (!this.#pod.data.write(chunk)) this.#stall(this.#socket);
  }

  #endClientSide(): void {
    if (this.#isClientDone) return;
    this.#isClientDone = true;
    this.#pod.data.end();
    this.#slot.setLingering();
  }

  /** Stops reading from a sender whose receiver is slower, and reports the stall. */
  #stall(sender: Duplex): void {
    sender.pause();
    this.#slot.setStalled(true);
  }

  #stallPod(): void {
    if (this.#slot.mayHoldMore(this.#socket.writableLength)) this.#slot.setStalled(true);
    else this.#stall(this.#pod.data);
  }

  #unstall(sender: Duplex): void {
    sender.resume();
    this.#slot.setStalled(this.#socket.isPaused() || this.#pod.data.isPaused());
  }

  #receiveFin(): void {
    this.#isPodDone = true;
    this.#tapOwner?.tap?.podEnded();
    if (this.#isConfirmed) this.#passFin();
    else this.#grace = this.#clock.setTimer(FIN_GRACE_MS, () => this.#passFin());
  }

  #receiveFailure(text: string | undefined): void {
    if (this.#isClosed) return;
    if (text !== undefined) return this.#fail(new CodedError('CONNECTION_FAILED', { reason: text }));
    this.#isConfirmed = true;
    const { errored } = this.#pod.data;
    if (errored !== null) return this.#cutOff(errored);
    if (this.#isPodDone) this.#passFin();
  }

  /** Sends the pod's FIN to the local client. The socket closes by itself when both of its sides have ended. */
  #passFin(): void {
    this.#grace?.dispose();
    if (!this.#isClosed) this.#socket.end();
  }

  /**
   * Handles a reset by the pod or the loss of the tunnel. If the pod's FIN was already passed on to the local client,
   * the answer is complete, and the client may still read the rest of it. Otherwise, the client's connection is reset
   * at once. After a reset by the pod, the pump waits {@link FIN_GRACE_MS} for the reason on the error stream before it
   * reports the error.
   */
  #cutOff(error: Error): void {
    if (this.#isClosed) return;
    const isReset = !(error instanceof CodedError);
    const cause = isReset
      ? new CodedError('CONNECTION_FAILED', { reason: 'the pod reset the connection' }, error)
      : error;
    if (this.#socket.writableEnded) return this.#endAfterAnswer(cause);
    if (!isReset) return this.#fail(cause);
    this.#socket.off('close', this.#onSocketClosed);
    resetSocket(this.#socket);
    this.#grace?.dispose();
    if (this.#isConfirmed) this.#fail(cause);
    else this.#grace = this.#clock.setTimer(FIN_GRACE_MS, () => this.#fail(cause));
  }

  /**
   * Closes the socket after the local client has read the complete answer at its own speed. Discards the bytes that the
   * client still sends, for example the rest of an upload.
   */
  #endAfterAnswer(error: CodedError): void {
    this.#lateError ??= error;
    this.#isClientDone = true;
    this.#slot.setLingering();
    // The stream to the pod is gone, so this connection can no longer block the tunnel.
    this.#slot.setStalled(false);
    closeAfterSending(this.#socket, this.#clock);
  }

  #endIfDone(error: Error | null): void {
    if (!this.#isPodDone && error === null)
      this.#fail(new CodedError('CONNECTION_FAILED', { reason: 'the connection was closed' }));
  }

  #fail(error: CodedError): void {
    if (this.#isClosed) return;
    resetSocket(this.#socket);
    this.#end(error);
  }

  #end(error: CodedError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#grace?.dispose();
    this.#tapOwner?.end();
    this.#toClient.dispose();
    this.#socket.destroy();
    this.#pod.dispose();
    this.#resolve(error);
  }
}
