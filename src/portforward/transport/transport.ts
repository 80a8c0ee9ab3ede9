import type { TransportName } from '../../kinds/transports.ts';

export type { TransportName };

import type { Duplex } from 'node:stream';
import type { Disposable } from '../../base/disposable.ts';
import type { CodedError } from '../../base/errors.ts';
import type { Event } from '../../base/event.ts';

/** A pod by its namespace and name. */
export interface PodReference {
  readonly namespace: string;
  readonly name: string;
}

export interface DialOptions {
  /** Whether nobody waits for the tunnel, so that a transport may be tried that was silent a while ago. */
  readonly isSpare: boolean;
}

/** Opens tunnels to pods by one transport, or by whichever of several works. */
export interface Dialer {
  /**
   * Resolves once the API server has agreed. The caller owns the tunnel.
   * @throws CodedError `UNREACHABLE`, `TLS`, `PROXY_FAILED`, `UNAUTHORIZED`, `FORBIDDEN`, `POD_NOT_FOUND`,
   *   `UPGRADE_REFUSED`; the signal's reason when aborted.
   */
  dial(pod: PodReference, signal: AbortSignal, options?: DialOptions): Promise<Tunnel>;
  /** Whether a transport that is preferred to this one failed for a while, and is due to be tried again. */
  isBetterDue?(transport: TransportName): boolean;
  /** Whether the first transport is preferred to the second. */
  isBetter?(transport: TransportName, other: TransportName): boolean;
}

/** A way to one pod, open until it is disposed of or lost. Disposing ends the connections through it. */
export interface Tunnel extends Disposable {
  readonly transport: TransportName;
  /** Whether connections through it can hold each other up, so that each wants a tunnel to itself. */
  readonly isShared: boolean;
  /** Whether it moves no bytes for now, in one direction or the other: a new connection would be held up. */
  readonly isPaused: boolean;
  /** Fires with {@link isPaused} when it may have changed. */
  readonly onDidChangePause: Event<boolean>;
  /** Whether it takes no new connection any more. */
  readonly isClosing: boolean;
  /** Fires once, with the reason if the tunnel was lost. */
  readonly onDidClose: Event<CodedError | undefined>;
  /**
   * Connects to a port of the pod. Nothing is waited for: what is written leaves right behind the request. The caller
   * owns the connection.
   * @throws CodedError `LOST_CONNECTION_TO_SERVER` when the tunnel has ended
   */
  open(port: number): PodConnection;
  /**
   * Asks the far end for an answer; resolves with the round trip in milliseconds. Missing where nothing is shared.
   * @throws CodedError `LOST_CONNECTION_TO_SERVER` when the tunnel ends first; the signal's reason when aborted.
   */
  ping?(signal: AbortSignal): Promise<number>;
  /** Gives the tunnel up: its connections, and {@link onDidClose}, get the error. */
  lose(error: CodedError): void;
}

/** One TCP connection in the pod. Disposing it cuts off on the far side what has not ended. */
export interface PodConnection extends Disposable {
  /** The connection's bytes: `end()` is our FIN, `end` the pod's; a reset comes as an error of any kind. */
  readonly data: Duplex;
  /**
   * Settles when the far side has said how it went: with its text, for people, if the connection failed there
   * (nothing listens on the port), else with undefined. Never rejects.
   */
  readonly failure: Promise<string | undefined>;
}
