import type { Socket } from 'node:net';
import type { Traffic } from './connectionCounts.ts';

/** Sees the bytes of a connection as they pass. Chunks are views: a tap copies whatever it keeps. Never throws. */
export interface ConnectionTap {
  fromClient(chunk: Buffer): void;
  fromPod(chunk: Buffer): void;
  /** The pod sent its FIN. */
  podEnded(): void;
}

/** A place beside one connection that a tap may enter and leave at any time. A place without a tap costs nothing. */
export interface TapPlace {
  readonly tap: ConnectionTap | undefined;
  /** The connection has ended. */
  end(): void;
}

/** A connection that begins. */
export interface TappedConnection {
  /** The name of the pod. */
  readonly pod: string;
  /** The client's socket. Do not read from it or write to it. */
  readonly socket: Socket;
  /** Counted by the pump before a tap sees the bytes. */
  readonly traffic: Readonly<Traffic>;
}

/** Called for each connection that begins. */
export type OpenTapPlace = (connection: TappedConnection) => TapPlace;
