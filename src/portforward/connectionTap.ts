import type { Socket } from 'node:net';
import type { Traffic } from './connectionCounts.ts';

/**
 * Observes the bytes of a connection. A tap must copy the bytes that it keeps for later: a chunk is a part of a larger
 * buffer (`subarray`), and would keep the whole buffer in memory. The methods must not throw.
 */
export interface ConnectionTap {
  fromClient(chunk: Buffer): void;
  fromPod(chunk: Buffer): void;
  /** Called when the pod has sent its FIN. */
  podEnded(): void;
}

/**
 * Provides the `tap` that observes the bytes of one connection; undefined while they are not observed. The pump reads
 * `tap` for each chunk, so the value may change at any time.
 */
export interface TapOwner {
  readonly tap: ConnectionTap | undefined;
  /** Called when the connection has ended. */
  end(): void;
}

/** A new connection, as {@link CreateTapOwner} receives it. */
export interface TappedConnection {
  /** The name of the pod. */
  readonly pod: string;
  /**
   * The local client's socket, to identify the connection. Do not read from the socket or write to it: only the pump
   * does.
   */
  readonly socket: Socket;
  /**
   * The number of bytes that the connection has carried. When a tap gets a chunk, the bytes of this chunk are already
   * counted.
   */
  readonly traffic: Readonly<Traffic>;
}

/** Called for each new connection. Returns the object through which a tap can be attached to the connection. */
export type CreateTapOwner = (connection: TappedConnection) => TapOwner;
