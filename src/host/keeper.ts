import { type Clock, delay, systemClock } from '../base/async.ts';
import { exists } from '../base/exists.ts';
import { version } from '../base/version.ts';
import { connectToHost } from '../rpc/connectToHost.ts';
import type { StartForward } from '../rpc/forwardsContract.ts';
import type { StartGateway } from '../rpc/gatewayContract.ts';
import { startAllAgain } from '../rpc/startAllAgain.ts';
import { recentCrashes } from './crashJournal.ts';

/**
 * A request that restarts a forward or gateway, and the environment of the terminal that had started the forward or
 * gateway with `--detach`.
 */
export interface LeftRunning<Start> {
  readonly specification: Start;
  readonly environment: Environment;
}

type Environment = Readonly<Record<string, string>>;

/** The forwards and gateways to start again if the host dies. */
export interface Kept {
  readonly forwards: readonly LeftRunning<StartForward>[];
  readonly gateways: readonly LeftRunning<StartGateway>[];
}

/** No forwards and no gateways. */
export const NONE_LEFT = { forwards: [], gateways: [] } as const satisfies Kept;

/**
 * A message from a host to its keeper: all forwards and gateways to start again if the host dies, or the request to
 * end.
 */
export type KeeperMessage = ({ readonly type: 'keep' } & Kept) | { readonly type: 'end' };

export interface KeeperOptions {
  /** The folder in which clients find the host. */
  readonly folder: string;
  /** The path of the host's program. */
  readonly script: string;
  /** How long the next host runs after its last client has disconnected, in milliseconds. */
  readonly lingerMs: number;
}

const CONNECT_LIMIT_MS = 60_000;
/**
 * If this many hosts have crashed within two minutes, the keeper waits for {@link PAUSE_MS} before it starts another
 * host, because the next host will probably crash too.
 */
const MANY_CRASHES = 3;
const PAUSE_MS = 30_000;

/**
 * Runs the keeper: waits until the host is gone. If the host has died, starts the next host if none runs, and makes the
 * next host restart the forwards and gateways that terminals had started with `--detach`. If the host has told the
 * keeper to end, does nothing more.
 */
export async function runKeeper({ folder, ...program }: KeeperOptions): Promise<void> {
  const kept = await untilHostIsGone();
  const all = [...kept.forwards, ...kept.gateways];
  if (all.length === 0 || !(await exists(folder))) return;
  if (recentCrashes(folder) >= MANY_CRASHES) await delay(PAUSE_MS, undefined, systemClock);
  await startEachAgain(
    kept,
    (environment, ofIt) => startAgain(folder, program, environment, ofIt),
    systemClock,
  );
}

/**
 * Starts the forwards and gateways of each environment again. If this fails for an environment, for example because the
 * next host dies too, continues with the other environments. Tries the failed environments once more after
 * {@link PAUSE_MS}.
 */
export async function startEachAgain(
  { forwards, gateways }: Kept,
  start: (environment: Environment, ofIt: Kept) => Promise<void>,
  clock: Clock,
): Promise<void> {
  const keyOf = ({ environment }: LeftRunning<unknown>) => JSON.stringify(environment);
  const left = new Map([...forwards, ...gateways].map((one) => [keyOf(one), one.environment]));
  for (const pauseMs of [0, PAUSE_MS]) {
    if (left.size > 0 && pauseMs > 0) await delay(pauseMs, undefined, clock);
    for (const [key, environment] of left) {
      const isOfIt = (one: LeftRunning<unknown>) => keyOf(one) === key;
      const ofIt = { forwards: forwards.filter(isOfIt), gateways: gateways.filter(isOfIt) };
      await start(environment, ofIt).then(
        () => left.delete(key),
        () => {},
      );
    }
  }
}

/**
 * Resolves when the host has closed the channel, because it died or ended. The result contains the forwards and
 * gateways that the host last told this keeper to start again. It is empty if the host told the keeper to end.
 */
function untilHostIsGone(): Promise<Kept> {
  return new Promise((resolve) => {
    let kept: Kept = NONE_LEFT;
    process.on('message', (message: KeeperMessage) => {
      kept = message.type === 'keep' ? message : NONE_LEFT;
    });
    process.once('disconnect', () => resolve(kept));
    if (!process.connected) resolve(kept);
  });
}

async function startAgain(
  folder: string,
  program: Omit<KeeperOptions, 'folder'>,
  environment: Environment,
  { forwards, gateways }: Kept,
): Promise<void> {
  const client = await connectToHost({
    mode: 'joinOrStart',
    folder,
    program: { execPath: process.execPath, environment: process.env, ...program },
    client: { name: 'keeper', version },
    environment,
    kubeconfigFiles: [],
    signal: AbortSignal.timeout(CONNECT_LIMIT_MS),
  });
  try {
    await startAllAgain(client, {
      forwards: forwards.map(({ specification }) => specification),
      gateways: gateways.map(({ specification }) => specification),
    });
  } finally {
    client.dispose();
  }
}
