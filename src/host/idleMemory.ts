import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Clock, systemClock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';

const CHECK_MS = 2_000;
/** Below this share of busy time nobody notices the pause of a collection, which takes some 70 ms. */
const IDLE_UTILIZATION = 0.05;
/** A host with ten forwards takes 90 MB; one that has read large answers, several times that. */
const LARGE_BYTES = 140_000_000;
/** What grew less than this since the last collection is in use, not garbage. */
const GROWTH = 1.15;

/** What the process tells about itself, and does. Replaced in tests. */
export interface ProcessMemory {
  residentBytes(): number;
  /** The share of time since the last call in which the event loop was busy, 0 to 1. */
  utilization(): number;
  collect(): void;
}

/**
 * Gives memory back to the system while the process is idle. V8 keeps the pages of garbage for later, and without new work it never collects: a host that
 * has read a large cluster once would stay that large.
 * @returns disposing it ends the checks
 */
export function releaseIdleMemory(clock: Clock = systemClock, memory = thisProcess()): Disposable {
  let afterLast = 0;
  const check = () => {
    timer = clock.setTimer(CHECK_MS, check);
    if (memory.utilization() > IDLE_UTILIZATION) return;
    if (memory.residentBytes() < Math.max(LARGE_BYTES, afterLast * GROWTH)) return;
    memory.collect();
    afterLast = memory.residentBytes();
  };
  let timer = clock.setTimer(CHECK_MS, check);
  return toDisposable(() => timer.dispose());
}

function thisProcess(): ProcessMemory {
  let last = performance.eventLoopUtilization();
  return {
    residentBytes: () => process.memoryUsage.rss(),
    utilization() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, last);
      last = now;
      return utilization;
    },
    collect() {
      // The only way in that no command line option is needed for. V8's last resort also lets go of the pages that it keeps in store.
      setFlagsFromString('--expose-gc');
      const collectGarbage = runInNewContext('gc') as (options: object) => void;
      setFlagsFromString('--no-expose-gc');
      collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    },
  };
}
