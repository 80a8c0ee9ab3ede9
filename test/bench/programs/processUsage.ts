import { readFileSync } from 'node:fs';

/** The number of clock ticks per second in `/proc` (`USER_HZ`): 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const KIB = 1024;
const MB = 1_000_000;

/** Whether this system lets a process read the CPU time and memory of other processes. */
export const canReadUsage = process.platform === 'linux';

/** Returns the CPU time of a process with all its threads (user and system time) in seconds. NaN if unknown. */
export function cpuSeconds(processId: number): number {
  // Removes everything up to the name of the program. The name is in parentheses, and may contain spaces.
  const fields = read(`/proc/${processId}/stat`).replace(/^.*\)/s, '').trim().split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Returns the resident memory of a process in MB. NaN if unknown. */
export function residentMegabytes(processId: number): number {
  return megabytes(processId, 'VmRSS');
}

/** Returns the peak of a process's resident memory in MB. NaN if unknown. */
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
