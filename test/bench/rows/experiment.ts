import type { Forward, PeerName, StartOptions, Target } from '../peers.ts';

/** The unit of a value. For `yes`, the value 1 means yes, and 0 means no. */
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

/** One row of the result table. */
export interface Metric {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly better: 'less' | 'more';
}

/** The values of one measurement by metric ID. If a value could not be measured, it is NaN or missing. */
export type Values = Readonly<Record<string, number>>;

/** How much the experiments measure: numbers of requests, bytes and seconds. */
export interface Sizes {
  /** How often an experiment measures each peer. */
  readonly pairs: number;
  readonly connections: number;
  readonly farConnections: number;
  /** The bytes of one download or upload. */
  readonly bulkBytes: number;
  /** How long clients send requests, in seconds. */
  readonly rateSeconds: number;
  readonly farRateSeconds: number;
  /** How long an experiment waits while a connection whose client does not read fills buffers, in milliseconds. */
  readonly stallMs: number;
  readonly idleConnections: number;
  /** The number of small requests from which the 99th percentile is computed. They are sent one after the other. */
  readonly latencyRequests: number;
}

/**
 * `near` is a cluster on this machine. `far` is a demo cluster that adds {@link FAR_ROUND_TRIP_MS} to each round trip,
 * as if it were far away.
 */
export type Distance = 'near' | 'far';

/** Provides the forwards and clusters that experiments measure. */
export interface Bench {
  readonly sizes: Sizes;
  readonly target: Target;
  /** The folder of the built programs. */
  readonly dist: string;
  /** Returns a forward that several experiments share. `distance` is optional, default `near`. */
  shared(peer: PeerName, distance?: Distance): Promise<Forward>;
  /** Starts a separate forward, which the caller disposes of. */
  fresh(
    peer: PeerName,
    target?: Partial<Target>,
    environment?: StartOptions['environment'],
    distance?: Distance,
  ): Promise<Forward>;
  /** Returns the pod to forward to at this distance. */
  targetAt(distance: Distance): Promise<Target>;
  /** Returns how many tunnels are open to the pods of a demo cluster. NaN if the cluster is not a demo cluster. */
  openTunnels(distance: Distance): Promise<number>;
}

/**
 * A measurement that the benchmark repeats for each peer (a compared program, such as kubectl). A measurement fills one
 * or more rows of the table.
 */
export interface Experiment {
  /** The name for `--only`. */
  readonly name: string;
  readonly metrics: readonly Metric[];
  readonly peers: readonly PeerName[];
  /**
   * Whether the experiment needs the demo cluster: for its echo server, or for a `far` cluster. Optional, default
   * false.
   */
  readonly isDemoOnly?: boolean;
  measure(peer: PeerName, bench: Bench): Promise<Values>;
}

/** All peers that forward through Kubernetes. */
export const FORWARDERS: readonly PeerName[] = [
  'kubectl',
  'kubectlSpdy',
  'clientNode',
  'thisSpdy',
  'thisWebSocket',
];
