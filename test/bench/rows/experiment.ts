import type { Forward, PeerName, StartOptions, Target } from '../peers.ts';

/** The unit of a value. `yes` is 1 for yes and 0 for no. */
export type Unit =
  | 'ms'
  | 'MB/s'
  | 's/GB'
  | '/s'
  | 'MB'
  | 'yes'
  | 'of 20'
  | '%'
  | 'bytes'
  | 'times'
  | 'tunnels';

/** One row of the table. */
export interface Metric {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly better: 'less' | 'more';
}

/** Values by metric id. A failed measurement is NaN or missing. */
export type Values = Readonly<Record<string, number>>;

/** The amounts to measure. */
export interface Sizes {
  /** How often each peer has two turns. */
  readonly pairs: number;
  readonly connections: number;
  readonly farConnections: number;
  /** The bytes of one download or upload. */
  readonly bulkBytes: number;
  /** How long to make requests, in seconds. */
  readonly rateSeconds: number;
  readonly farRateSeconds: number;
  /** How long a stalled connection may fill buffers, in milliseconds. */
  readonly stallMs: number;
  readonly idleConnections: number;
  /** The number of consecutive small requests for a p99. */
  readonly latencyRequests: number;
}

/** The distance of the cluster: beside the programs, or on a longer line. */
export type Distance = 'near' | 'far';

/** Forwards for an experiment to measure. */
export interface Bench {
  readonly sizes: Sizes;
  readonly target: Target;
  /** The folder of the built programs. */
  readonly dist: string;
  /** Returns a forward that several experiments share. Optional distance, default near. */
  shared(peer: PeerName, distance?: Distance): Promise<Forward>;
  /** Starts a separate forward, which the caller disposes of. */
  fresh(
    peer: PeerName,
    target?: Partial<Target>,
    environment?: StartOptions['environment'],
    distance?: Distance,
  ): Promise<Forward>;
  /** Returns the pod at a distance. */
  targetAt(distance: Distance): Promise<Target>;
  /** How many tunnels are open at a demo cluster. NaN at another cluster. */
  openTunnels(distance: Distance): Promise<number>;
}

/** A measurement for one peer after the other, whose values fill one or more rows. */
export interface Experiment {
  /** The name for `--only`. */
  readonly name: string;
  readonly metrics: readonly Metric[];
  readonly peers: readonly PeerName[];
  /** Whether the experiment needs the demo cluster: its echo server, or a second cluster on a longer line. */
  readonly isDemoOnly?: boolean;
  measure(peer: PeerName, bench: Bench): Promise<Values>;
}

/** All peers that forward. */
export const FORWARDERS: readonly PeerName[] = [
  'kubectl',
  'kubectlSpdy',
  'clientNode',
  'thisSpdy',
  'thisWebSocket',
];
