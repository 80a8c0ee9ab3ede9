import type { Forward, PeerName, StartOptions, Target } from '../peers.ts';

/** What a value is counted in. `yes` is 1 for yes and 0 for no. */
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

/** Values by metric id. A value that could not be had is NaN, or missing. */
export type Values = Readonly<Record<string, number>>;

/** How much is measured. */
export interface Sizes {
  /** How often each peer has its turn. */
  readonly pairs: number;
  readonly connections: number;
  readonly farConnections: number;
  /** Of one download or upload. */
  readonly bulkBytes: number;
  /** How long requests are made. Seconds. */
  readonly rateSeconds: number;
  readonly farRateSeconds: number;
  /** How long a stalled connection is given to fill whatever fills. Milliseconds. */
  readonly stallMs: number;
  readonly idleConnections: number;
  /** Small requests, one after the other, for a p99. */
  readonly latencyRequests: number;
}

/** Beside the cluster, or behind a longer line. */
export type Distance = 'near' | 'far';

/** Forwards for an experiment to measure. */
export interface Bench {
  readonly sizes: Sizes;
  readonly target: Target;
  /** The folder of the built programs. */
  readonly dist: string;
  /** A forward that several experiments use. Near where no distance is given. */
  shared(peer: PeerName, distance?: Distance): Promise<Forward>;
  /** A forward of its own, which the caller disposes of. */
  fresh(
    peer: PeerName,
    target?: Partial<Target>,
    environment?: StartOptions['environment'],
    distance?: Distance,
  ): Promise<Forward>;
  /** The pod at a distance. */
  targetAt(distance: Distance): Promise<Target>;
  /** How many tunnels are open at a demo cluster. NaN at another cluster. */
  openTunnels(distance: Distance): Promise<number>;
}

/** Something that is measured for one peer after the other; its values fill one or several rows. */
export interface Experiment {
  /** What `--only` calls it. */
  readonly name: string;
  readonly metrics: readonly Metric[];
  readonly peers: readonly PeerName[];
  /** Needs the demo cluster: an echo server, or a second cluster behind a longer line. */
  readonly isDemoOnly?: boolean;
  measure(peer: PeerName, bench: Bench): Promise<Values>;
}

/** Everyone who forwards. */
export const FORWARDERS: readonly PeerName[] = [
  'kubectl',
  'kubectlSpdy',
  'clientNode',
  'thisSpdy',
  'thisWebSocket',
];
