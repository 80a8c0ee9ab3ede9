import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../base/async.ts';
import { systemErrorCode } from '../base/errors.ts';
import { retryWhileBusy } from './whileBusy.ts';

/** The file that a host writes so that clients find it. It appears atomically, so it is always complete. */
export interface HostRecord {
  /** Path of the socket or name of the pipe. The host listens there before the record appears. */
  readonly socket: string;
  /** Proves to either side that the other side can read this file. Never sent. */
  readonly secret: string;
  readonly protocol: number;
  readonly version: string;
  readonly processId: number;
}

/** A record with its number. Only the host with the highest number serves clients. */
export interface Generation {
  readonly number: number;
  readonly record: HostRecord;
}

const PREFIX = 'generation-';
/** `sun_path` of macOS has room for 103 bytes and a zero (`sys/un.h`); Linux for 107. */
const SOCKET_PATH_LIMIT = 103;

export function generationPath(folder: string, number: number): string {
  return join(folder, `${PREFIX}${number}`);
}

/** All numbers in the folder, unordered. */
export async function listGenerations(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => Number(name.slice(PREFIX.length)))
    .filter((number) => Number.isSafeInteger(number) && number > 0);
}

/** Returns the latest generation; undefined if there was none. */
export async function latestGeneration(folder: string): Promise<Generation | undefined> {
  // A newer host may remove an older record while we read it.
  for (;;) {
    const number = Math.max(0, ...(await listGenerations(folder)));
    if (number === 0) return undefined;
    const record = await readRecord(generationPath(folder, number));
    if (record !== undefined) return { number, record };
  }
}

/** In place of an invalid record: no host runs. */
const NOBODY: HostRecord = { socket: '', secret: '', protocol: 0, version: '', processId: 0 };

async function readRecord(path: string): Promise<HostRecord | undefined> {
  let text: string;
  try {
    text = await retryWhileBusy(() => readFile(path, 'utf8'), systemClock);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return { ...NOBODY, ...(JSON.parse(text) as Partial<HostRecord>) };
  } catch {
    return NOBODY;
  }
}

const SOCKET_SUFFIX = '.sock';
const SOCKET_NAME_BYTES = 8;

/**
 * Returns whether the path of a socket in the folder is short enough for every system. Windows has pipes, which need no folder.
 */
export function hasRoomForSocket(folder: string): boolean {
  if (process.platform === 'win32') return true;
  const longest = join(folder, '0'.repeat(2 * SOCKET_NAME_BYTES) + SOCKET_SUFFIX);
  return Buffer.byteLength(longest) <= SOCKET_PATH_LIMIT;
}

/** Returns a name that was never used, so that removing a dead host's socket never removes a live one's. */
export function newSocketName(folder: string): string {
  const name = randomBytes(SOCKET_NAME_BYTES).toString('hex');
  if (process.platform === 'win32') return `\\\\.\\pipe\\kube-port-forward-${name}${name}`;
  if (!hasRoomForSocket(folder)) {
    throw new Error(`the path of a socket in ${folder} is longer than ${SOCKET_PATH_LIMIT} bytes`);
  }
  return join(folder, name + SOCKET_SUFFIX);
}
