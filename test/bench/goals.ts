import { HANDSHAKE_WAYS, NAME_WAYS, type NameWay } from './clients/byName.ts';
import { OBSTACLES } from './obstacles.ts';
import { OURS, type PeerName } from './peers.ts';
import type { Results } from './results.ts';
import { FAR_ROUND_TRIP_MS } from './rows/newConnection.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** A limit for a measured value that the project wants to reach. */
export interface Goal {
  readonly title: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** The text after the number, such as ` ms`. Optional, default empty, because a ratio has no unit. */
  readonly unit?: string;
  /** The measured value. Undefined if it was not measured. */
  readonly measured: Spread | undefined;
  /** The known reason why the goal is not reached. */
  readonly obstacle?: string;
}

/** Returns whether the median of the measurements reaches the goal. */
export function isMet({ atMost = Infinity, atLeast = -Infinity, measured }: Goal): boolean {
  return measured !== undefined && measured.median <= atMost && measured.median >= atLeast;
}

const KUBECTL: PeerName = 'kubectl';

/** Returns the goals for forwards. Some limits are relative to kubectl, others are absolute values. */
export function engineGoals(results: Results): readonly Goal[] {
  return [...freshGoals(results), ...bulkGoals(results), ...ownGoals(results), ...nameGoals(results)];
}

/** Returns the goals for the first use of a new forward, as when a page is loaded through it. */
function freshGoals(results: Results): readonly Goal[] {
  const far = `, ${FAR_ROUND_TRIP_MS} ms`;
  const against = (metric: string) => results.ratio(metric, OURS, KUBECTL);
  return [
    { title: 'tunnels after 40 requests one after another', atMost: 3, measured: own(results, 'tunnels') },
    { title: `the same${far}`, atMost: 3, measured: own(results, 'tunnelsFar') },
    {
      title: "first 30 connections, p90: of kubectl's time",
      atMost: 1.2,
      measured: against('firstP90'),
      obstacle: OBSTACLES.spread,
    },
    {
      title: `first 30 connections${far}, p90: round trips`,
      atMost: 1.1,
      measured: known(results.median('firstFarP90', OURS) / FAR_ROUND_TRIP_MS),
      obstacle: OBSTACLES.line,
    },
    {
      title: "200 connections one after another, p50: of kubectl's time",
      atMost: 0.8,
      measured: against('inTurnP50'),
    },
    { title: 'the same, p99', atMost: 1, measured: against('inTurnP99'), obstacle: OBSTACLES.spread },
    {
      title: "burst on a fresh forward: times kubectl's",
      atLeast: 1.3,
      measured: against('burst'),
      obstacle: OBSTACLES.burst,
    },
    {
      title: 'the same, going on',
      atLeast: 1.3,
      measured: against('burstLong'),
      obstacle: OBSTACLES.burstLong,
    },
    {
      title: `burst on a fresh forward${far}: times kubectl's`,
      atLeast: 2.3,
      measured: against('burstFar'),
      obstacle: OBSTACLES.burstFar,
    },
    {
      title: 'the same, going on',
      atLeast: 2.4,
      measured: against('burstFarLong'),
      obstacle: OBSTACLES.burstFar,
    },
    {
      title: "from the command to listening: times kubectl's",
      atMost: 1.4,
      measured: against('startWarm'),
      obstacle: OBSTACLES.start,
    },
  ];
}

/** Returns the goals for large transfers. Each transport is compared with the same transport of kubectl. */
function bulkGoals(results: Results): readonly Goal[] {
  const spdy = (metric: string) => results.ratio(metric, 'thisSpdy', 'kubectlSpdy');
  const webSocket = (metric: string) => results.ratio(metric, 'thisWebSocket', 'kubectl');
  return [
    {
      title: "one download, SPDY each: times kubectl's",
      atLeast: 1.15,
      measured: spdy('download'),
      obstacle: OBSTACLES.downloadRate,
    },
    {
      title: "its CPU: of kubectl's",
      atMost: 0.65,
      measured: spdy('downloadCpu'),
      obstacle: OBSTACLES.downloadCpu,
    },
    {
      title: "one upload, SPDY each: times kubectl's",
      atLeast: 1.15,
      measured: spdy('upload'),
      obstacle: OBSTACLES.uploadRate,
    },
    {
      title: "its CPU: of kubectl's",
      atMost: 0.9,
      measured: spdy('uploadCpu'),
      obstacle: OBSTACLES.uploadCpu,
    },
    {
      title: "CPU of one download, WebSocket each: of kubectl's",
      atMost: 0.7,
      measured: webSocket('downloadCpu'),
      obstacle: OBSTACLES.downloadCpu,
    },
    {
      title: "CPU of one upload, WebSocket each: of kubectl's",
      atMost: 0.9,
      measured: webSocket('uploadCpu'),
      obstacle: OBSTACLES.webSocketUploadCpu,
    },
  ];
}

function ownGoals(results: Results): readonly Goal[] {
  return [
    {
      title: `new connection, ${FAR_ROUND_TRIP_MS} ms: round trips`,
      atMost: 1.1,
      measured: known(results.median('firstByteFar', OURS) / FAR_ROUND_TRIP_MS),
      obstacle: OBSTACLES.line,
    },
    {
      title: 'others beside a stalled download: served of 20',
      atLeast: 20,
      measured: own(results, 'stalledServed'),
    },
    {
      title: 'their p99: times the undisturbed',
      atMost: 1.2,
      measured: own(results, 'stalledP99'),
      obstacle: OBSTACLES.spread,
    },
    {
      title: '500 idle connections: growth',
      atMost: 20,
      unit: ' MB',
      measured: own(results, 'idleGrowth'),
      obstacle: OBSTACLES.idle,
    },
  ];
}

/** Returns the goals for requests to services by name. Most compare such requests with requests through a forward. */
function nameGoals(results: Results): readonly Goal[] {
  const perWay = (
    title: string,
    limit: (way: NameWay) => Pick<Goal, 'atMost' | 'atLeast' | 'obstacle'>,
    measure: (way: NameWay) => number,
  ) => NAME_WAYS.map((way) => ({ title: `${title} (${way})`, ...limit(way), measured: known(measure(way)) }));
  return [
    ...perWay(
      `new connection by name, ${FAR_ROUND_TRIP_MS} ms: round trips`,
      () => ({ atMost: 1.1 }),
      (way) => results.median(`nameFar-${way}`, OURS) / FAR_ROUND_TRIP_MS,
    ),
    ...perWay(
      "requests by name over kept connections: of a forward's",
      () => ({ atLeast: 0.95 }),
      (way) => results.median(`nameKept-${way}`, OURS),
    ),
    ...perWay(
      "requests by name, each over a new connection: of a forward's",
      (way) => ({
        atLeast: 0.95,
        obstacle: HANDSHAKE_WAYS.includes(way)
          ? OBSTACLES.handshake(results.median(`nameBound-${way}`, OURS))
          : OBSTACLES.requestHead,
      }),
      (way) => results.median(`nameRate-${way}`, OURS),
    ),
    {
      title: '200 idle services by name: growth',
      atMost: 5,
      unit: ' MB',
      measured: own(results, 'nameGrowth'),
    },
    { title: 'the same: tunnels', atMost: 0, measured: own(results, 'nameTunnels') },
  ];
}

function own(results: Results, metric: string): Spread | undefined {
  return known(results.median(metric, OURS));
}

function known(value: number): Spread | undefined {
  return Number.isNaN(value) ? undefined : spreadOf([value]);
}
