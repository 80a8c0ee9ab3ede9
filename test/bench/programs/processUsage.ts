import { readFileSync } from 'node:fs';

/** Clock ticks a second in `/proc`: `USER_HZ`, 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const KIB = 1024;
const MB = 1_000_000;

/** Whether this system tells how much CPU time and memory another process has used. */
export const canReadUsage = process.platform === 'linux';

/** CPU time of a process with all its threads, user and system, seconds. NaN where the system does not tell. */
export function cpuSeconds(processId: number): number {
  // The second field is the program's name in parentheses, which may hold anything.
  const fields = read(`/proc/${processId}/stat`).replace(/^.*\)/s, '').trim().split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of a process, MB. NaN where the system does not tell. */
export function residentMegabytes(processId: number): number {
  return megabytes(processId, 'VmRSS');
}

/** The most resident memory that a process has had, MB. NaN where the system does not tell. */
export function peakMegabytes(processId: number): number {
  return megabytes(processId, 'VmHWM');
}

function megabytes(processId: number, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(read(`/proc/${processId}/status`))?.[1];
  return (Number(kibibytes ?? Number.NaN) * KIB) / MB;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
