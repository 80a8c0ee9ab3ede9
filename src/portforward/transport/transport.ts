import type { PodReference } from '../../kinds/forwardNotice.ts';
import type { TransportName } from '../../kinds/transports.ts';

export type { TransportName };

import type { Duplex } from 'node:stream';
import type { Disposable } from '../../base/disposable.ts';
import type { CodedError } from '../../base/errors.ts';
import type { Event } from '../../base/event.ts';

export interface DialOptions {
  /**
   * Whether the tunnel is a spare tunnel, for which no connection waits. There is then time to try a transport that
   * failed a while ago. If `dial` is called without options, the tunnel is not a spare tunnel.
   */
  readonly isSpare: boolean;
}

/** Opens tunnels to pods, by a fixed transport or by the first of several transports that works. */
export interface Dialer {
  /**
   * Opens a tunnel. Resolves when the API server has agreed to the protocol. The caller owns the tunnel.
   * @throws CodedError `UNREACHABLE`, `TLS`, `PROXY_FAILED`, `UNAUTHORIZED`, `FORBIDDEN`, `POD_NOT_FOUND` or
   *   `UPGRADE_REFUSED`; the signal's reason when aborted
   */
  dial(pod: PodReference, signal: AbortSignal, options?: DialOptions): Promise<Tunnel>;
  /**
   * Returns whether a better transport than `transport` failed temporarily, and enough time has passed to try it again.
   * The method is missing if the dialer has only one transport.
   */
  isBetterDue?(transport: TransportName): boolean;
  /**
   * Returns whether `transport` is preferred to `other`. The method is missing if the dialer has only one transport.
   */
  isBetter?(transport: TransportName, other: TransportName): boolean;
}

/**
 * A tunnel to one pod through the API server. It carries many forwarded connections. All of them share one connection
 * to the API server, except with the transport `channel`, which opens a WebSocket for each of them. Disposing also ends
 * the forwarded connections.
 */
export interface Tunnel extends Disposable {
  readonly transport: TransportName;
  /**
   * Whether connections in the tunnel can block each other. The pool then gives each connection its own tunnel where
   * possible.
   */
  readonly isShared: boolean;
  /** Whether the tunnel is blocked in at least one direction, so that a new connection would have to wait. */
  readonly isPaused: boolean;
  /** Fires with {@link isPaused} when the value may have changed. */
  readonly onDidChangePause: Event<boolean>;
  /** Whether the tunnel accepts no more new connections. */
  readonly isClosing: boolean;
  /**
   * Fires once, when the tunnel has ended. If the tunnel was lost, the value is the reason for the loss, else
   * undefined.
   */
  readonly onDidClose: Event<CodedError | undefined>;
  /**
   * Connects to a port of the pod without waiting for a response: bytes can be written at once and are sent right
   * after the request. The caller owns the connection.
   * @throws CodedError `LOST_CONNECTION_TO_SERVER` if the tunnel has ended
   */
  open(port: number): PodConnection;
  /**
   * Pings the API server and resolves with the round-trip time in milliseconds. Missing for the transport `channel`,
   * which has no shared connection to the API server that could be lost unnoticed.
   * @throws CodedError `LOST_CONNECTION_TO_SERVER` if the tunnel ends first; the signal's reason when aborted
   */
  ping?(signal: AbortSignal): Promise<number>;
  /** The number of bytes that the server has sent so far. Missing for the transport `channel`. */
  readonly receivedBytes?: number;
  /** The number of bytes that were sent to the server so far. Missing for the transport `channel`. */
  readonly sentBytes?: number;
  /** Ends the tunnel as lost. All its connections fail with `error`, which is also the value of {@link onDidClose}. */
  lose(error: CodedError): void;
}

/** One TCP connection in the pod. Disposing resets the connection unless both directions have ended. */
export interface PodConnection extends Disposable {
  /**
   * The bytes of the connection in both directions. Calling `end()` sends the local client's FIN. The event `end` means
   * that the pod has sent its FIN, and the event `error` means a reset.
   */
  readonly data: Duplex;
  /**
   * Resolves when the server has reported whether the connection failed in the pod, for example because nothing
   * listens on the port. The value is the server's text about the failure, or undefined without a failure. Never
   * rejects.
   */
  readonly failure: Promise<string | undefined>;
}
