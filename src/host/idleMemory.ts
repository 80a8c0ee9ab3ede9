import { performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { garbageCollector } from '../base/garbageCollector.ts';

const CHECK_MS = 2_000;
/** Below this share of busy time nobody notices the pause of a garbage collection, about 70 ms. */
const IDLE_UTILIZATION = 0.05;
/** A host with ten forwards uses 90 MB, and one that has read large answers several times that. */
const LARGE_BYTES = 140_000_000;
/** Less growth since the last collection is memory in use rather than garbage. */
const GROWTH = 1.15;

/** The facts about the process and the collection that tests replace. */
export interface ProcessMemory {
  residentBytes(): number;
  /** Returns the share of time since the last call in which the event loop was busy, from 0 to 1. */
  utilization(): number;
  collect(): void;
}

/**
 * Returns memory to the system while the process is idle. V8 keeps the pages of garbage, and never collects without new work,
 * so a host that once read a large cluster would stay large.
 * @returns the caller disposes of it to end the checks
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
      // V8's last-resort collection also releases the pages that V8 keeps for reuse.
      garbageCollector()({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    },
  };
}
