import { OURS, type PeerName } from './peers.ts';
import type { Results } from './results.ts';
import { FAR_ROUND_TRIP_MS } from './rows/newConnection.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** What the project wants to reach. */
export interface Goal {
  readonly title: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Behind the number: ` ms`, empty for a ratio. */
  readonly unit?: string;
  /** Undefined where it was not measured. */
  readonly measured: Spread | undefined;
  /** What stands in the way where it is not reached, as far as it was found out. */
  readonly obstacle?: string;
}

/** What a profile of the forwarder shows for a bulk transfer, and what the machine does beside it. */
const OBSTACLES = {
  cluster: 'the demo cluster is one process on one core, and has as much to do for either',
  nativeTls:
    "Node's TLS: a profile gives 4 % to this program's code, the rest to the kernel, encryption, copies of memory and its garbage",
  nodeStart: 'Node itself takes 25 ms, its TLS, HTTP and crypto modules as long again',
} as const;

/** Whether the middle of what was measured reaches the goal. */
export function isMet({ atMost = Infinity, atLeast = -Infinity, measured }: Goal): boolean {
  return measured !== undefined && measured.median <= atMost && measured.median >= atLeast;
}

const KUBECTL: PeerName = 'kubectl';

/** The goals that kubectl beside it decides, and those of the forwarding program itself. */
export function engineGoals(results: Results): readonly Goal[] {
  const against = (metric: string, peer: PeerName = OURS, other: PeerName = KUBECTL) =>
    results.ratio(metric, peer, other);
  return [
    {
      title: `new connection at ${FAR_ROUND_TRIP_MS} ms: round trips`,
      atMost: 1.1,
      measured: known(results.median('firstByteFar', OURS) / FAR_ROUND_TRIP_MS),
    },
    {
      title: "new connection: of kubectl's time",
      atMost: 0.6,
      measured: against('firstByte'),
      obstacle: OBSTACLES.cluster,
    },
    ...(['download', 'upload'] as const).flatMap((id): Goal[] => [
      {
        title: `one ${id}: times kubectl's default`,
        atLeast: 1.2,
        measured: against(id),
        obstacle: OBSTACLES.cluster,
      },
      ...transports(({ title, ours, theirs }) => ({
        title: `one ${id}, ${title} each: times kubectl's`,
        atLeast: 1,
        measured: against(id, ours, theirs),
        obstacle: OBSTACLES.nativeTls,
      })),
      ...transports(({ title, ours, theirs }) => ({
        title: `CPU of one ${id}, ${title} each: of kubectl's`,
        atMost: 0.7,
        measured: against(`${id}Cpu`, ours, theirs),
        obstacle: OBSTACLES.nativeTls,
      })),
    ]),
    {
      title: "16 downloads at once: times kubectl's default",
      atLeast: 1.2,
      measured: against('downloads16'),
      obstacle: OBSTACLES.cluster,
    },
    {
      title: "50 clients, a connection per request: times kubectl's",
      atLeast: 1.5,
      measured: against('requests50'),
      obstacle: OBSTACLES.cluster,
    },
    {
      title: `the same at ${FAR_ROUND_TRIP_MS} ms`,
      atLeast: 2.5,
      measured: against('requestsFar'),
      obstacle: OBSTACLES.cluster,
    },
    ...ownGoals(results),
    {
      title: "from the command to listening: times kubectl's",
      atMost: 1.5,
      measured: against('startWarm'),
      obstacle: OBSTACLES.nodeStart,
    },
  ];
}

function ownGoals(results: Results): readonly Goal[] {
  return [
    {
      title: 'others beside a stalled download: served of 20',
      atLeast: 20,
      measured: known(results.median('stalledServed', OURS)),
    },
    {
      title: 'their p99: times the undisturbed',
      atMost: 1.2,
      measured: known(results.median('stalledP99', OURS)),
    },
    {
      title: '500 idle connections: growth',
      atMost: 20,
      unit: ' MB',
      measured: known(results.median('idleGrowth', OURS)),
    },
  ];
}

function known(value: number): Spread | undefined {
  return Number.isNaN(value) ? undefined : spreadOf([value]);
}

interface TransportPair {
  readonly title: string;
  readonly ours: PeerName;
  readonly theirs: PeerName;
}

function transports(toGoal: (pair: TransportPair) => Goal): Goal[] {
  return [
    toGoal({ title: 'SPDY', ours: 'thisSpdy', theirs: 'kubectlSpdy' }),
    toGoal({ title: 'WebSocket', ours: 'thisWebSocket', theirs: 'kubectl' }),
  ];
}
