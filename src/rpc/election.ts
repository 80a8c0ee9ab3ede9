import { randomBytes } from 'node:crypto';
import { link, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/async.ts';
import { systemErrorCode } from '../base/errors.ts';
import { isMissing } from '../base/exists.ts';
import { PRIVATE_FILE_MODE } from '../base/privateFiles.ts';
import { type HostRecord, latestRecord, listRecordNumbers, recordPath } from './hostRecord.ts';
import { retryWhileBusy } from './whileBusy.ts';

/**
 * What the winner of the election gets. The election decides which of several new hosts serves clients. The winner may
 * serve clients as long as no record (a file by which clients find a host) has a higher number than its own.
 */
export interface Election {
  readonly number: number;
  /**
   * Returns whether the host's record has the highest number, and the record and the socket still exist.
   * @throws the error of the system if the folder exists but cannot be read
   */
  isLeading(): Promise<boolean>;
  /**
   * Updates the modification time of the record. A program that cleans temporary folders deletes old files, and must
   * not delete the record.
   */
  refresh(): Promise<void>;
}

/**
 * The age of an abandoned file, in milliseconds. A socket or a draft (a record that is not published yet) that is older
 * than this belongs to a dead process. The next host deletes the file. A newer file may belong to a process that will
 * soon publish its record.
 */
const ABANDONED_MS = 60_000;

/**
 * Publishes `record` under the next number, unless another candidate (a process that also wants to become the host) is
 * faster. Two hosts never serve clients at the same time, even if any of these processes dies at any point:
 *
 * - A candidate writes its record to a draft, and publishes the complete draft with a hard link. Linking fails if the
 *   name exists, so only one candidate gets each number. A candidate listens before it publishes. So if the socket of a
 *   published record accepts no connection, the host is dead: it cannot be a host that is still starting.
 * - The record with the highest number is never removed, not even by its own host, so the highest number only grows. If
 *   a slow candidate takes a number whose record was removed, it finds a higher number and withdraws.
 *
 * @param isAlive returns whether the host of a record accepts connections
 * @returns undefined if another host won
 */
export async function tryToLead(
  folder: string,
  record: HostRecord,
  isAlive: (record: HostRecord) => Promise<boolean>,
  clock: Clock = systemClock,
): Promise<Election | undefined> {
  const latest = await latestRecord(folder);
  if (latest !== undefined && (await isAlive(latest.record))) return undefined;
  const number = (latest?.number ?? 0) + 1;
  if (!(await publish(folder, number, record, clock))) return undefined;
  const election: Election = {
    number,
    isLeading: () => isLeading(folder, number, record),
    refresh: async () => {
      const now = new Date();
      await utimes(recordPath(folder, number), now, now);
    },
  };
  if (!(await election.isLeading())) return undefined;
  await removeOlder(folder, number, record.socket);
  return election;
}

async function publish(folder: string, number: number, record: HostRecord, clock: Clock): Promise<boolean> {
  const draft = join(folder, `draft-${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(draft, JSON.stringify(record), { mode: PRIVATE_FILE_MODE, flag: 'wx' });
    await retryWhileBusy(() => link(draft, recordPath(folder, number)), clock);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    // Ignores a failure to remove the draft: a later host removes the draft after ABANDONED_MS.
    await retryWhileBusy(() => rm(draft, { force: true }), clock).catch(() => {});
  }
}

async function isLeading(folder: string, number: number, record: HostRecord): Promise<boolean> {
  const numbers = await listRecordNumbers(folder);
  if (!numbers.includes(number) || numbers.some((other) => other > number)) return false;
  // On Windows, the socket is a pipe, which exists as long as the host listens. So only the record can be missing.
  return process.platform === 'win32' || !(await isMissing(record.socket));
}

/** Removes the records of hosts with lower numbers, and the sockets and drafts of dead candidates. */
async function removeOlder(folder: string, number: number, socket: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (path === socket) continue;
    const recordNumber = /^generation-(\d+)$/.exec(name)?.[1];
    const isOld = recordNumber === undefined ? await isAbandoned(path) : Number(recordNumber) < number;
    if (isOld) await rm(path, { force: true }).catch(() => {});
  }
}

/**
 * Returns true for a draft or a socket that is older than {@link ABANDONED_MS}, because the candidate that created it
 * is dead. A newer draft or socket may belong to a candidate that will publish its record soon. Returns false for any
 * other file.
 */
async function isAbandoned(path: string): Promise<boolean> {
  if (!/(\.sock|draft-[0-9a-f]+)$/.test(path)) return false;
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > ABANDONED_MS;
}
