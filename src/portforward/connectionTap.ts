import type { Traffic } from './traffic.ts';

/** Sees the bytes of a connection as they pass. Chunks are views: whatever is kept has to be copied. Never throws. */
export interface ConnectionTap {
  fromClient(chunk: Buffer): void;
  fromPod(chunk: Buffer): void;
  /** The pod has sent its FIN. */
  podEnded(): void;
}

/** The place beside one connection where a tap may come and go while the connection lasts. Without a tap it costs nothing. */
export interface TapPlace {
  readonly tap: ConnectionTap | undefined;
  /** The connection is over. */
  end(): void;
}

/** A connection that begins. */
export interface TappedConnection {
  /** The name of the pod. */
  readonly pod: string;
  /** Counted by the pump, before a tap sees the bytes. */
  readonly traffic: Readonly<Traffic>;
}

/** Called for each connection that begins. */
export type OpenTapPlace = (connection: TappedConnection) => TapPlace;
