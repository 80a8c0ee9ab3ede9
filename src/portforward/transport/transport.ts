import type { PodReference } from '../../kinds/forwardNotice.ts';
import type { TransportName } from '../../kinds/transports.ts';

export type { TransportName };

import type { Duplex } from 'node:stream';
import type { Disposable } from '../../base/disposable.ts';
import type { CodedError } from '../../base/errors.ts';
import type { Event } from '../../base/event.ts';

export interface DialOptions {
  /** Whether nobody waits for the tunnel. A spare dial may try a transport that was silent a while ago. */
  readonly isSpare: boolean;
}

/** Opens tunnels to pods by one transport or the first of several that works. */
export interface Dialer {
  /**
   * Resolves once the API server has agreed. The caller owns the tunnel.
   * @throws CodedError `UNREACHABLE`, `TLS`, `PROXY_FAILED`, `UNAUTHORIZED`, `FORBIDDEN`, `POD_NOT_FOUND`,
   *   `UPGRADE_REFUSED`; the signal's reason when aborted.
   */
  dial(pod: PodReference, signal: AbortSignal, options?: DialOptions): Promise<Tunnel>;
  /** Returns whether a transport preferred to this one failed for a while and is due for another try. */
  isBetterDue?(transport: TransportName): boolean;
  /** Returns whether the first transport is preferred to the second. */
  isBetter?(transport: TransportName, other: TransportName): boolean;
}

/** A connection to one pod that carries many, open until it is disposed of or lost. Disposing ends the connections in it. */
export interface Tunnel extends Disposable {
  readonly transport: TransportName;
  /** Whether connections in the tunnel can hold each other up, so that each should have a tunnel to itself. */
  readonly isShared: boolean;
  /** Whether the tunnel moves no bytes for now in either direction, so that a new connection would be held up. */
  readonly isPaused: boolean;
  /** Fires with {@link isPaused} when it may have changed. */
  readonly onDidChangePause: Event<boolean>;
  /** Whether the tunnel takes no new connection any more. */
  readonly isClosing: boolean;
  /** Fires once, with the reason if the tunnel was lost. */
  readonly onDidClose: Event<CodedError | undefined>;
  /**
   * Connects to a port of the pod without waiting: written bytes leave right behind the request. The caller owns the
   * connection.
   * @throws CodedError `LOST_CONNECTION_TO_SERVER` when the tunnel has ended
   */
  open(port: number): PodConnection;
  /**
   * Pings the far end and resolves with the round trip in milliseconds. Undefined for transports that share nothing.
   * @throws CodedError `LOST_CONNECTION_TO_SERVER` when the tunnel ends first; the signal's reason when aborted.
   */
  ping?(signal: AbortSignal): Promise<number>;
  /** Gives the tunnel up. Its connections and {@link onDidClose} get the error. */
  lose(error: CodedError): void;
}

/** One TCP connection in the pod. Disposing cuts off the directions that have not ended. */
export interface PodConnection extends Disposable {
  /**
   * The bytes of the connection: `end()` sends our FIN, the event `end` is the pod's FIN, and a reset is an error of any kind.
   */
  readonly data: Duplex;
  /**
   * Resolves when the far side has reported the result: with its text for people if the connection failed there (for example,
   * nothing listens on the port), else with undefined. Never rejects.
   */
  readonly failure: Promise<string | undefined>;
}
