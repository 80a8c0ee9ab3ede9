import { delimiter, resolve } from 'node:path';
import { type Clock, delay, systemClock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import { CodedError, isCoded } from '../base/errors.ts';
import { listedKubeconfigs } from '../base/kubectlHome.ts';
import { type InitializeParameters, PROTOCOL_VERSION } from './contract.ts';
import type { HostClient, ReplacedHost } from './hostClient.ts';
import { ensureHostFolder, existingHostFolders } from './hostFolder.ts';
import { type HostProgram, startHost } from './hostProgram.ts';
import { type HostRecord, latestRecord, type NumberedRecord } from './hostRecord.ts';
import { handOverHost, introduce, openConnection } from './introduce.ts';

interface ConnectOptions extends Omit<InitializeParameters, 'protocol'> {
  /**
   * The folder in which to search for a host, or several folders separated as in `PATH`. Optional, default the folders
   * of this user (`hostFolders`).
   */
  readonly folder?: string;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

export interface JoinOptions extends ConnectOptions {
  readonly mode: 'join';
}

export interface JoinOrStartOptions extends ConnectOptions {
  readonly mode: 'joinOrStart';
  readonly program: HostProgram;
}

/**
 * How many times {@link connectToHost} looks for a host, and starts one if it finds none. Once may not be enough,
 * because a host may end before this program has connected to it. If this program is still not connected after that,
 * {@link connectToHost} throws `HOST_LOST`.
 */
const MAX_TRIES = 5;
const RETRY_PAUSE_MS = 50;

/**
 * Connects to the user's forward host. With `joinOrStart`, starts a host if there is none, and replaces a host with an
 * older protocol. The caller owns the client.
 * @returns undefined if `mode` is `join` and no host with the protocol of this program runs
 * @throws CodedError `HOST_FOLDER_UNSAFE`, `HOST_FOLDER_NOT_CREATED`, `HOST_FOLDER_TOO_LONG`, `HOST_NOT_STARTED`,
 *   `HOST_NOT_PERMITTED`, `HOST_UNRESPONSIVE`, `HOST_TOO_NEW`, `HOST_LOST`; the signal's reason when aborted
 */
export async function connectToHost(options: JoinOptions): Promise<HostClient | undefined>;
export async function connectToHost(options: JoinOrStartOptions): Promise<HostClient>;
export async function connectToHost(
  given: JoinOptions | JoinOrStartOptions,
): Promise<HostClient | undefined> {
  const options = fromHere(given);
  const { signal, clock = systemClock } = options;
  if (options.mode === 'join') return await join(options, clock);
  let replaced: ReplacedHost | undefined;
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    for (const { record } of await latestRecords(options.folder)) {
      if (record.protocol > PROTOCOL_VERSION && (await isThere(record, signal, clock))) {
        throw ofOtherVersion(record);
      }
      if (record.protocol === PROTOCOL_VERSION) {
        const client = await tryToJoin(record, options, clock, replaced);
        if (client !== undefined) return client;
      }
      if (record.protocol < PROTOCOL_VERSION)
        replaced = (await tryToHandOver(record, options, clock)) ?? replaced;
    }
    if (tries > 1) await delay(RETRY_PAUSE_MS, signal, clock);
    await startHost(options.program, await ensureHostFolder(options.folder), signal, clock);
  }
  throw new CodedError('HOST_LOST');
}

/**
 * Throws if a host with another protocol runs. Commands such as `list` call this if no host with the protocol of this
 * program runs. Without the error, these commands would report that there are no forwards, although the host with the
 * other protocol may have some.
 * @throws CodedError `HOST_TOO_NEW`, `HOST_TOO_OLD`, `HOST_NOT_PERMITTED`, `HOST_UNRESPONSIVE`; the signal's reason
 *   when aborted
 */
export async function assertNoOtherHost({
  folder,
  signal,
  clock = systemClock,
}: Pick<ConnectOptions, 'folder' | 'signal' | 'clock'>): Promise<void> {
  for (const { record } of await latestRecords(folder)) {
    if (record.protocol !== PROTOCOL_VERSION && (await isThere(record, signal, clock)))
      throw ofOtherVersion(record);
  }
}

function ofOtherVersion({ protocol, version, processId }: HostRecord): CodedError {
  return new CodedError(protocol > PROTOCOL_VERSION ? 'HOST_TOO_NEW' : 'HOST_TOO_OLD', {
    version,
    processId,
  });
}

/**
 * Makes the paths of kubeconfigs absolute. The host has another working folder, in which a relative path would mean
 * another file.
 */
function fromHere<T extends ConnectOptions>(options: T): T {
  return {
    ...options,
    environment: withOwnPaths(options.environment),
    kubeconfigFiles: options.kubeconfigFiles.map((path) => resolve(path)),
  };
}

async function join(options: JoinOptions, clock: Clock): Promise<HostClient | undefined> {
  for (const { record } of await latestRecords(options.folder)) {
    if (record.protocol !== PROTOCOL_VERSION) continue;
    const client = await tryToJoin(record, options, clock, undefined);
    if (client !== undefined) return client;
  }
  return undefined;
}

/**
 * Returns the latest record of each existing folder. A record is the file by which clients find a host, and only the
 * host of the record with the highest number can be alive. There may be a record outside the preferred folder: if this
 * folder did not exist when the host started, the host used another folder.
 */
async function latestRecords(folder: string | undefined): Promise<readonly NumberedRecord[]> {
  const existing = await existingHostFolders(folder);
  const latest = await Promise.all(existing.map(latestRecord));
  return latest.filter((record) => record !== undefined);
}

/**
 * Connects to the host of a record and sends `initialize`. Returns undefined if the host is dead, or ends before it
 * answers.
 */
async function tryToJoin(
  record: HostRecord,
  options: ConnectOptions,
  clock: Clock,
  replaced: ReplacedHost | undefined,
): Promise<HostClient | undefined> {
  const { client, environment, kubeconfigFiles, runtime, signal } = options;
  const parameters = {
    protocol: PROTOCOL_VERSION,
    client,
    environment,
    kubeconfigFiles,
    ...defined({ runtime }),
  };
  return await unlessLost(async () => {
    const connection = await openConnection(record, signal, clock);
    return connection && (await introduce(connection, record, parameters, { signal, clock, replaced }));
  });
}

async function tryToHandOver(
  record: HostRecord,
  { environment, signal }: ConnectOptions,
  clock: Clock,
): Promise<ReplacedHost | undefined> {
  return await unlessLost(async () => {
    const connection = await openConnection(record, signal, clock);
    return connection && (await handOverHost(connection, record, environment, { signal, clock }));
  });
}

async function isThere(record: HostRecord, signal: AbortSignal, clock: Clock): Promise<boolean> {
  const connection = await openConnection(record, signal, clock);
  connection?.dispose();
  return connection !== undefined;
}

/**
 * Runs an action that sends requests to a host, and returns its result. Returns undefined if the host ends before the
 * action is complete: the caller then looks for another host.
 */
async function unlessLost<T>(action: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (isCoded(error, 'HOST_LOST')) return undefined;
    throw error;
  }
}

type Environment = InitializeParameters['environment'];

/**
 * Returns the environment with absolute paths in KUBECONFIG. As in kubectl, a relative path means a file in the working
 * folder of this process. The host has another working folder, in which the same relative path may be another file.
 */
export function withOwnPaths(environment: Environment): Environment {
  if (environment.KUBECONFIG === undefined) return environment;
  const absolute = listedKubeconfigs(environment).map((path) => resolve(path));
  return { ...environment, KUBECONFIG: absolute.join(delimiter) };
}
