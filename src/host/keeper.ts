import { delay, systemClock } from '../base/async.ts';
import { exists } from '../base/exists.ts';
import { version } from '../base/version.ts';
import { connectToHost } from '../rpc/connectToHost.ts';
import type { StartForward, StartGateway } from '../rpc/contract.ts';
import { startAllAgain } from '../rpc/startAllAgain.ts';
import { recentCrashes } from './crashJournal.ts';

/** A forward or a gateway that a terminal left running, with its environment. */
export interface LeftRunning<Start> {
  readonly specification: Start;
  readonly environment: Readonly<Record<string, string>>;
}

/** Everything to start again when the host dies. */
export interface Kept {
  readonly forwards: readonly LeftRunning<StartForward>[];
  readonly gateways: readonly LeftRunning<StartGateway>[];
}

/** A message from a host to its keeper: the current state to keep, or a clean end. */
export type KeeperMessage = ({ readonly type: 'keep' } & Kept) | { readonly type: 'end' };

export interface KeeperOptions {
  /** The folder in which clients find the host. */
  readonly folder: string;
  /** The host's program, and how long the next host stays after its last client has gone, in milliseconds. */
  readonly script: string;
  readonly lingerMs: number;
}

const CONNECT_LIMIT_MS = 60_000;
/** After this many crashes the keeper waits before it starts another host. */
const MANY_CRASHES = 3;
const PAUSE_MS = 30_000;

/**
 * Runs the process of the keeper, which remembers in memory what terminals left behind in the host, and starts it again in
 * another host when this one dies. Ends with the host, or once another keeper has taken over.
 */
export async function runKeeper({ folder, ...program }: KeeperOptions): Promise<void> {
  const kept = await untilHostIsGone();
  const all = [...kept.forwards, ...kept.gateways];
  if (all.length === 0 || !(await exists(folder))) return;
  if (recentCrashes(folder) >= MANY_CRASHES) await delay(PAUSE_MS, undefined, systemClock);
  const environments = new Map(all.map(({ environment }) => [JSON.stringify(environment), environment]));
  for (const [key, environment] of environments) {
    const isOfIt = (each: LeftRunning<unknown>) => JSON.stringify(each.environment) === key;
    const ofIt = { forwards: kept.forwards.filter(isOfIt), gateways: kept.gateways.filter(isOfIt) };
    await startAgain(folder, program, environment, ofIt);
  }
}

/** Resolves with the things to start again: none if the host ended cleanly. */
function untilHostIsGone(): Promise<Kept> {
  return new Promise((resolve) => {
    const nothing: Kept = { forwards: [], gateways: [] };
    let kept = nothing;
    process.on('message', (message: KeeperMessage) => {
      kept = message.type === 'keep' ? message : nothing;
    });
    process.once('disconnect', () => resolve(kept));
    if (!process.connected) resolve(kept);
  });
}

async function startAgain(
  folder: string,
  program: Omit<KeeperOptions, 'folder'>,
  environment: LeftRunning<unknown>['environment'],
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
