import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../base/async.ts';
import { systemErrorCode } from '../base/errors.ts';
import { retryWhileBusy } from './whileBusy.ts';

/**
 * The content of the file by which clients find a host. The file is created with its complete content in one step, so
 * clients never read an incomplete file.
 */
export interface HostRecord {
  /** The path of the socket, or the name of the pipe on Windows. The host already listens when the record appears. */
  readonly socket: string;
  /**
   * With this secret, a client and the host prove to each other that they can read this file (see `challenge.ts`). The
   * secret itself is never sent.
   */
  readonly secret: string;
  readonly protocol: number;
  readonly version: string;
  readonly processId: number;
}

/**
 * A record with its number, which is in the name of the file. Each new host takes a higher number, and only the host
 * with the highest number serves clients.
 */
export interface NumberedRecord {
  readonly number: number;
  readonly record: HostRecord;
}

const PREFIX = 'generation-';
/**
 * The longest path of a socket that works on all systems, in bytes. Without the zero byte at its end, `sun_path` has
 * room for 103 bytes on macOS (`sys/un.h`), and for 107 on Linux. A host does not use a folder in which the path would
 * be longer.
 */
const SOCKET_PATH_LIMIT = 103;

export function recordPath(folder: string, number: number): string {
  return join(folder, `${PREFIX}${number}`);
}

/** Returns the numbers of all records in the folder, unordered. */
export async function listRecordNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => Number(name.slice(PREFIX.length)))
    .filter((number) => Number.isSafeInteger(number) && number > 0);
}

/** Returns the record with the highest number; undefined if the folder has none. */
export async function latestRecord(folder: string): Promise<NumberedRecord | undefined> {
  // A newer host may remove the record after this function has listed the records, but before it has read this one. If
  // that happens, lists the records again.
  for (;;) {
    const number = Math.max(0, ...(await listRecordNumbers(folder)));
    if (number === 0) return undefined;
    const record = await readRecord(recordPath(folder, number));
    if (record !== undefined) return { number, record };
  }
}

/** The result of reading an invalid record. Its socket path is empty, so callers treat the host as dead. */
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
 * Returns whether the path of a socket in the folder fits into {@link SOCKET_PATH_LIMIT}. Always true on Windows, where
 * pipes are not in a folder.
 */
export function hasRoomForSocket(folder: string): boolean {
  if (process.platform === 'win32') return true;
  const longest = join(folder, '0'.repeat(2 * SOCKET_NAME_BYTES) + SOCKET_SUFFIX);
  return Buffer.byteLength(longest) <= SOCKET_PATH_LIMIT;
}

/**
 * Returns a path or pipe name that was never used before. A new host must not use the name of a dead host: a process
 * that removes the socket of the dead host would then remove the socket of the new host.
 */
export function newSocketName(folder: string): string {
  const name = randomBytes(SOCKET_NAME_BYTES).toString('hex');
  if (process.platform === 'win32') return `\\\\.\\pipe\\kube-port-forward-${name}${name}`;
  if (!hasRoomForSocket(folder)) {
    throw new Error(`the path of a socket in ${folder} is longer than ${SOCKET_PATH_LIMIT} bytes`);
  }
  return join(folder, name + SOCKET_SUFFIX);
}
