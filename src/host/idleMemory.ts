import { performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { garbageCollector } from '../base/garbageCollector.ts';

const CHECK_MS = 2_000;
/**
 * The process is idle while the event loop is busy for less than this share of the time, from 0 to 1. Nobody then
 * notices the 70 ms pause of a garbage collection.
 */
const IDLE_UTILIZATION = 0.05;
/**
 * Garbage is collected only if the process uses more memory than this. A host with ten forwards uses 90 MB. A host that
 * has read large lists from an API server uses several times as much.
 */
const LARGE_BYTES = 140_000_000;
/**
 * After a collection, the memory must grow by this factor before the next collection. With less growth, most of the
 * memory is probably in use, and another collection would free little.
 */
const GROWTH = 1.15;

/** Measures the process and collects garbage. Tests replace it. */
export interface ProcessMemory {
  residentBytes(): number;
  /** Returns the share of time since the last call in which the event loop was busy, from 0 to 1. */
  utilization(): number;
  collect(): void;
}

/**
 * Returns memory to the operating system by collecting garbage while the process is idle. V8 does not collect while
 * there is no work, so a host that once read the lists of a large cluster would keep the memory.
 * @returns a disposable that ends the checks; the caller disposes of it
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
      // A normal collection keeps free pages for reuse. The `last-resort` collection returns them to the system.
      garbageCollector()({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    },
  };
}
