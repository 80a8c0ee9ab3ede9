import { randomBytes } from 'node:crypto';
import { link, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/async.ts';
import { systemErrorCode } from '../base/errors.ts';
import { exists } from '../base/exists.ts';
import { generationPath, type HostRecord, latestGeneration, listGenerations } from './hostRecord.ts';
import { retryWhileBusy } from './whileBusy.ts';

/** The claim of a host to serve, valid while its record is the latest. */
export interface Election {
  readonly number: number;
  /** Returns whether the host's record is still the latest and can be found. */
  isLeading(): Promise<boolean>;
  /** Touches the record, so that cleaners of temporary folders keep it. */
  refresh(): Promise<void>;
}

const RECORD_MODE = 0o600;
/** A host that has not announced its socket by then never will. */
const ABANDONED_MS = 60_000;

/**
 * Makes `record` the next generation unless another candidate was faster. Two hosts never serve at the same time, whichever process
 * dies at whatever point:
 *
 * - The record is written elsewhere and appears complete, by a hard link, which fails if the name exists: of all candidates for a
 *   number, one gets it. Its host listens by then, so a record whose socket accepts no connection belongs to a dead host, never to
 *   one that is about to listen.
 * - The record with the highest number is never removed, not even by its own host: numbers only grow, and no name is used
 *   twice. A slow candidate that reuses a removed number sees a higher one and withdraws.
 *
 * @param isAlive whether the host of a record takes connections
 * @returns undefined if another host won
 */
export async function tryToLead(
  folder: string,
  record: HostRecord,
  isAlive: (record: HostRecord) => Promise<boolean>,
  clock: Clock = systemClock,
): Promise<Election | undefined> {
  const latest = await latestGeneration(folder);
  if (latest !== undefined && (await isAlive(latest.record))) return undefined;
  const number = (latest?.number ?? 0) + 1;
  if (!(await publish(folder, number, record, clock))) return undefined;
  const election: Election = {
    number,
    isLeading: () => isLeading(folder, number, record),
    refresh: async () => {
      const now = new Date();
      await utimes(generationPath(folder, number), now, now);
    },
  };
  if (!(await election.isLeading())) return undefined;
  await removeOlder(folder, number, record.socket);
  return election;
}

async function publish(folder: string, number: number, record: HostRecord, clock: Clock): Promise<boolean> {
  const draft = join(folder, `draft-${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(draft, JSON.stringify(record), { mode: RECORD_MODE, flag: 'wx' });
    await retryWhileBusy(() => link(draft, generationPath(folder, number)), clock);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    // A draft that stays is removed as abandoned after ABANDONED_MS.
    await retryWhileBusy(() => rm(draft, { force: true }), clock).catch(() => {});
  }
}

async function isLeading(folder: string, number: number, record: HostRecord): Promise<boolean> {
  const numbers = await listGenerations(folder);
  if (!numbers.includes(number) || numbers.some((other) => other > number)) return false;
  // A pipe has no file.
  return process.platform === 'win32' || (await exists(record.socket));
}

/** Removes the records, sockets, and drafts of dead hosts. */
async function removeOlder(folder: string, number: number, socket: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (path === socket) continue;
    const generation = /^generation-(\d+)$/.exec(name)?.[1];
    const isOld = generation === undefined ? await isAbandoned(path) : Number(generation) < number;
    if (isOld) await rm(path, { force: true }).catch(() => {});
  }
}

/** A candidate that is about to stand must keep its draft. */
async function isAbandoned(path: string): Promise<boolean> {
  if (!/(\.sock|draft-[0-9a-f]+)$/.test(path)) return false;
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > ABANDONED_MS;
}
